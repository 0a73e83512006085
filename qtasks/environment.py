"""Environment: values of variables, as the types that settings have."""

from typing import Any
from urllib.parse import urlsplit

from qtasks.errors import SettingsError

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


def parsed(variable: str, text: str, kind: Any) -> Any:
    """The value of a variable: `bool`, `int`, `float`, `str`, or a list of words.

    Raises:
        SettingsError: it has another form.
    """
    try:
        if kind is bool:
            return _parsed_bool(text)
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except ValueError:
        raise SettingsError(
            f"{variable} must be {kind.__name__}, not {text!r}", field=variable
        ) from None
    if kind is str:
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def without_password(text: str) -> str:
    """A url that can be shown to anybody; other text as it is."""
    try:
        password = urlsplit(text).password
    except ValueError:
        return text
    return text.replace(f":{password}@", ":***@") if password else text


def _parsed_bool(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(text)
