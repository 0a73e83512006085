"""Ids of tasks, made where they are submitted so that a repeated submit is safe."""

import os
import re
import time
from uuid import UUID

from qtasks.errors import InvalidField

_VARIANTS = {f"{digit:x}": f"{8 | digit & 3:x}" for digit in range(16)}
_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def new_task_id() -> str:
    """A UUID of version 7, in canonical form: ids sort by the time they were made."""
    at = f"{time.time_ns() // 1_000_000:012x}"
    # Never from `random`, whose numbers can be guessed.
    rest = os.urandom(10).hex()
    return f"{at[:8]}-{at[8:]}-7{rest[:3]}-{_VARIANTS[rest[3]]}{rest[4:7]}-{rest[7:19]}"


def canonical_id(uuid: UUID | str) -> str:
    """The id as it travels; raises `InvalidField` for what is no UUID."""
    if isinstance(uuid, str) and _CANONICAL(uuid):
        return uuid
    try:
        return str(uuid if isinstance(uuid, UUID) else UUID(uuid))
    except (AttributeError, TypeError, ValueError):
        raise InvalidField(f"{uuid!r:.80} is no UUID", field="id") from None
