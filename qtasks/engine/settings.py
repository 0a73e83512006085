"""What the engine can be told."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

MAX_FRAME_BYTES = 2 * MIB
"""A frame is closed before the item that would make it larger than this. An item that
is larger by itself goes alone: admission bounds it below gRPC's default message limit of
4 MiB, which every client has."""

MAX_BATCH = 4096
"""Tasks or ids in one request."""


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """What the engine can be told; lengths are seconds, sizes bytes."""

    lease: float = 10.0
    """How long a lease lasts after its worker was last heard."""
    heartbeat: float = 3.0
    """The longest silence on a worker stream."""
    reconnect_grace: float = 1.0
    """How long after a broken stream the leases of its worker go on."""
    keep_result: float = 86_400.0
    """How long records are kept after the end, unless a submit says otherwise."""
    max_losses: int = 3
    """How many workers a task may lose, unless a submit says otherwise."""
    max_payload: int = MIB
    """The largest arguments, named arguments or result."""
    max_event: int = 256 * KIB
    """The largest event a worker may report."""
    strict: bool = False
    """Refuse tasks that no live worker serves."""
    maintenance: float = 1.0
    """How often clean-up and safety nets look."""
