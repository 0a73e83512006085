"""The languages that have drivers, as `drivers.toml` names them."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import which
from threading import Lock

from tests.tools import require

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
WIRE = "wire"
"""What stands for a language where there is none."""
BUILDS = CHECKOUT / ".cache" / "conformance"

ENVIRONMENT = {
    **{name: os.environ[name] for name in os.environ if name[:7] != "QTASKS_"},
    "PYTHONPATH": os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "services"))),
}
"""The variables of drivers: none of ours from outside. Read once, because pytest changes
its own while drivers are started."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language and its driver."""

    name: str
    roles: tuple[str, ...]
    """`client`, `worker`, or both."""
    needs: tuple[str, ...] = ()
    """The programs of its toolchain."""
    folder: str = "."
    """Where it is built and run, from the root of the checkout."""
    build: tuple[tuple[str, ...], ...] = ()
    """Commands that build it, one after the other."""
    run: tuple[str, ...]
    """The driver, to which its arguments are added. Signals go to this process."""
    building: Lock = field(default_factory=Lock, compare=False, repr=False)
    """Held while it is built."""

    @property
    def present(self) -> bool:
        """Whether its toolchain is on this machine."""
        return all(which(program) for program in self.needs)

    def require(self) -> None:
        """End the test if its toolchain is missing."""
        for program in self.needs:
            require(program)

    def command(self, *arguments: str) -> list[str]:
        """The driver with arguments."""
        return [*self._words(self.run), *arguments]

    @property
    def at(self) -> Path:
        """Where it is built and run."""
        return CHECKOUT / self.folder

    def built(self) -> None:
        """Build it, once; raises with what the build said when it fails."""
        with self.building:
            if self not in _BUILT:
                self._build()
                _BUILT.add(self)

    def _build(self) -> None:
        (BUILDS / self.name).mkdir(parents=True, exist_ok=True)
        for command in self.build:
            done = subprocess.run(
                self._words(command),
                cwd=self.at,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{self.name} does not build:\n{done.stdout}"

    def _words(self, command: tuple[str, ...]) -> list[str]:
        places = {
            "python": sys.executable,
            "build": str(BUILDS / self.name),
            "checkout": str(CHECKOUT),
        }
        return [word.format_map(places) for word in command]


_BUILT: set[Language] = set()


@cache
def languages() -> dict[str, Language]:
    """The languages by name."""
    rows = tomllib.loads((HERE / "drivers.toml").read_text(encoding="utf-8"))
    known = {name: _language(name, row) for name, row in rows.items()}
    return {**known, WIRE: Language(name=WIRE, roles=(WIRE,), run=())}


def _language(name: str, row: dict[str, object]) -> Language:
    given = {key: _frozen(value) for key, value in row.items()}
    return Language(name=name, **given)  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
