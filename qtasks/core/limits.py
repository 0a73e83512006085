"""Limits: how long names may be, and how far numbers may go."""

import re

from qtasks.errors import InvalidField

MIN_PRIORITY = -4096
MAX_PRIORITY = 4095
MAX_NAME = 256
MAX_TAG = 128
MAX_LABELS = 64
MAX_ATTEMPTS = 1000
MAX_REASON = 1000
"""Characters kept of a reason to cancel, and of the message of a long failure."""
MAX_SECONDS = 10 * 365 * 86_400.0
"""Ten years: longer delays, times to run and times to keep are taken for mistakes."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_name(value: str, field: str, limit: int = MAX_NAME) -> str:
    """Refuse names that are empty, too long, or have control characters."""
    if not value:
        raise InvalidField(f"{field} must not be empty", field=field)
    if len(value) > limit:
        raise InvalidField(
            f"{field} has {len(value)} characters, more than {limit}", field=field
        )
    if _CONTROL.search(value):
        raise InvalidField(f"{field} must not have control characters", field=field)
    return value
