"""Ids of tasks, made where they are submitted so that a repeated submit is safe."""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62


def new_task_id() -> str:
    """A UUID of version 7, in canonical form: ids sort by the time they were made."""
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    number = (
        (milliseconds & 0xFFFF_FFFF_FFFF) << 80
        | _VERSION
        | (random >> 68) << 64
        | _VARIANT
        | random & 0x3FFF_FFFF_FFFF_FFFF
    )
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def canonical_id(uuid: UUID | str) -> str:
    """The id as it travels; raises `ValueError` for what is no UUID."""
    return str(uuid if isinstance(uuid, UUID) else UUID(uuid))
