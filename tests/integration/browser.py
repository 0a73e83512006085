"""A page as a browser shows it."""

import os
import subprocess
from pathlib import Path

from tests.tools import require

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    # Its time waits for the network, so for the end of the stream.
    "--virtual-time-budget=10000",
    "--dump-dom",
)


def shown_in_a_browser(url: str, home: Path) -> str:
    """What stands on a page in the end; without a browser the test can't run."""
    browser = require("chromium", "chromium-browser")
    return subprocess.run(
        [browser, *OPTIONS, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {"HOME": str(home)},
    ).stdout
