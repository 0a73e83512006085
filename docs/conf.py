"""How Sphinx builds the documentation: `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent), str(HERE.parent / "services")]

from qtasks.version import __version__  # noqa: E402  # found by the line above

project = "qtasks"
author = project_copyright = "the qtasks authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "examples",
    "generated",
]
exclude_patterns = ["_build", "examples"]
default_role = "code"  # docstrings name code in single backticks
smartquotes = False  # `--json` is no dash

html_theme = "furo"
html_title = "qtasks"
html_copy_source = False

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
