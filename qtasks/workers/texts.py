"""Texts: what tasks say in words, as it travels."""

MAX_TEXT = 4_000
"""Bytes of a message, a note, a field."""


def clean(text: str, most: int = MAX_TEXT) -> str:
    """Text that protobuf takes; when it is too long, its end.

    Args:
        text: Any text, also with half a surrogate pair.
        most: How many bytes there may be.
    """
    # No character has less than a byte: what is cut away here would be anyway.
    data = text[-most - 1 :].encode("utf-8", "replace")
    if len(data) > most:
        data = b"... " + data[-most:]
    return data.decode("utf-8", "ignore")


def text_of(error: BaseException) -> str:
    """What an error says."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # a user's __str__ may raise anything
        return "(its message can't be shown)"
