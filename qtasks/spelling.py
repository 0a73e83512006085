"""Names that are nearly right, and what was meant by them."""

import difflib
from collections.abc import Iterable

_NEAR = 0.6
"""How much alike two words are that may be one, from 0 to 1."""


def nearest(word: str, known: Iterable[str], *, near: float = _NEAR) -> str:
    """The known word that is most like this one; empty when none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=near)
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str], *, near: float = _NEAR) -> str:
    """A hint to end a sentence with; empty when no known word is near."""
    found = nearest(word, known, near=near)
    return f"; did you mean {found!r}?" if found else ""
