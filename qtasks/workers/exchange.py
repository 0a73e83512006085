"""Exchange: what passes between the connection and the runner.

The two may live in different threads. Each side puts things down and rings the other's
bell; deques and dictionaries pass single items safely.
"""

from collections import deque
from dataclasses import dataclass

from qtasks import v1
from qtasks.core.records import Token
from qtasks.workers.doorbell import Doorbell
from qtasks.workers.leases import Leases
from qtasks.workers.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Stop:
    """Notice: stop a running task."""

    token: Token
    reason: str
    lost: bool = False
    """Whether the lease is lost: then the outcome interests nobody."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Notice: a question was answered."""

    token: Token
    ask_id: str
    value: v1.Payload


Notice = Stop | Answered


@dataclass(slots=True)
class Fetched:
    """A task that was fetched and has not begun."""

    token: Token
    assign: v1.Assign
    received: float
    """When it came, on the monotonic clock."""


class Exchange:
    """What passes between the connection and the runner."""

    def __init__(self) -> None:
        self.to_connection = Doorbell()
        self.to_runner = Doorbell()
        self.leases = Leases()
        """Kept by the connection; the runner looks."""
        self.backlog: deque[Fetched] = deque()
        """Tasks to run, oldest first."""
        self.notices: deque[Notice] = deque()
        """For the runner."""
        self.outbox = Outbox(self.to_connection)
        self.begun: dict[Token, None] = {}
        """Attempts that run, and of which the broker was not told yet."""
        self.stalled = False
        """Set by the connection when tasks were not started in time; cleared by the
        runner as soon as it gets a turn."""
        self.max_payload = 1024 * 1024
        """The largest result, in bytes; the broker says."""

    def put_fetched(self, fetched: list[Fetched]) -> None:
        """Hand tasks to the runner."""
        self.backlog.extend(fetched)
        self.to_runner.ring()

    def put_notice(self, notice: Notice) -> None:
        """Tell the runner something."""
        self.notices.append(notice)
        self.to_runner.ring()
