"""Names: what apps, routers, tasks and parameters are called in a `.proto` file.

A name is cut into its words, accents are taken off, and the words are put together again
as the style guide of protobuf says: `lower_snake` for packages and fields, `Pascal` for
services, methods and messages, `UPPER_SNAKE` for the values of enums. Where nothing is
left, and before a digit, stands an `x`; a package whose name is a word of some language
ends in `_app`.

Two names that come out the same are told apart by `Names`: the first keeps its name for
good, the second gets an `x` and eight digits that are made of its own.
"""

import keyword
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from itertools import count

APP_SERVICE = "Tasks"
"""The service of tasks that belong to no router."""

_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z0-9]+|[0-9]+")
_LANGUAGES = """
abstract boolean byte case catch chan char const default do double enum extends
fallthrough final float func go goto implements instanceof int interface long map native
new null package private protected public range select short static strictfp struct super
switch synchronized this throw throws transient type var void volatile
"""
RESERVED = frozenset([*keyword.kwlist, *_LANGUAGES.split()])
"""What a package can't be called in Python, Java or Go."""


def words(text: str) -> list[str]:
    """The words of a name, in lower case; at least one, and the first no number."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = [word.lower() for word in _WORD.findall(plain)]
    if not found:
        return [f"x{_digest(text)}"]
    if found[0][0].isdigit():
        found[0] = f"x{found[0]}"
    return found


def snake(text: str) -> str:
    """A name for a package or a field."""
    return "_".join(words(text))


def pascal(text: str) -> str:
    """A name for a service, a method, a message or an enum."""
    return "".join(word.capitalize() for word in words(text))


def upper(text: str) -> str:
    """A name for a value of an enum, without the prefix it gets."""
    if not text:
        return "EMPTY"
    return snake(text).upper()


def package_part(app: str) -> str:
    """The part of a package that stands for an app."""
    part = snake(app)
    return f"{part}_app" if part in RESERVED else part


def package_of(part: str) -> str:
    """The package of an app's tasks, by the part that stands for it."""
    return f"{part}.tasks.v1"


def json_name_of(field: str) -> str:
    """What protobuf calls a field in JSON if it is not told otherwise."""
    first, *rest = field.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def alternatives(name: str, owner: str) -> Iterator[str]:
    """What somebody can be called who wants a name: that, then others made of both."""
    yield name
    for number in count():
        mark = f"x{_digest(owner if number == 0 else f'{owner} {number}')}"
        if name == name.lower():
            yield f"{name}_{mark}"
        elif "_" in name:
            yield f"{name}_{mark.upper()}"
        else:
            yield name + mark.capitalize()


class Names:
    """Names that were given, each to one owner, for good.

    Args:
        given: The owners by name.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self.given = dict(given or {})
        """The owners by name."""
        self._of = {owner: name for name, owner in self.given.items()}

    def claim(self, name: str, owner: str, *, scope: str = "") -> str:
        """The name an owner has in a scope: what it got before, else this one.

        When somebody else has this one, another one that is made of it.
        """
        known = self._of.get(f"{scope}{owner}")
        if known is not None:
            return known.removeprefix(scope)
        name = next(
            one
            for one in alternatives(name, owner)
            if f"{scope}{one}" not in self.given
        )
        self.given[f"{scope}{name}"] = f"{scope}{owner}"
        self._of[f"{scope}{owner}"] = f"{scope}{name}"
        return name


def _digest(text: str) -> str:
    return f"{zlib.crc32(text.encode(errors='surrogatepass')):08x}"
