"""Leases: what the worker holds, and until when it may trust that it does."""

from collections.abc import Iterable

from qtasks import v1
from qtasks.core.records import Token

MARGIN_SHARE = 0.2
MOST_MARGIN = 2.0


class Lease:
    """A task the worker holds."""

    __slots__ = ("asks", "assign", "cancelled", "reported", "settled", "started")

    def __init__(self, assign: v1.Assign) -> None:
        self.assign = assign
        self.started = False
        """Whether the broker was told that it began."""
        self.settled = False
        """Whether its outcome was sent; held until that is stored."""
        self.reported = 0
        """How many events were sent."""
        self.cancelled: str | None = None
        """Why it should stop, once somebody asked."""
        self.asks: set[str] = set()
        """Questions it waits on."""


class Leases:
    """What the worker holds, and until when it may trust that it does.

    The broker's storage alone decides when a lease ends. The worker stops trusting its
    own before that, and starts nothing on them until it heard from a broker again.
    """

    def __init__(self) -> None:
        self.held: dict[Token, Lease] = {}
        self.unsettled = 0
        """How many of them have no outcome yet."""
        self._length = 0.0
        self._trusted_until = 0.0

    def agree(self, length: float) -> None:
        """Take over how long leases last."""
        self._length = length

    def heard(self, now: float) -> None:
        """Trust the leases again: the broker was heard."""
        margin = min(MOST_MARGIN, MARGIN_SHARE * self._length)
        self._trusted_until = now + self._length - margin

    def trusted(self, now: float) -> bool:
        """Whether tasks may be started."""
        return now < self._trusted_until

    def take(self, assign: v1.Assign) -> Token:
        """Hold a task."""
        token = Token(assign.lease.task_id, assign.lease.lease_id)
        self.held[token] = Lease(assign)
        self.unsettled += 1
        return token

    def settle(self, token: Token) -> None:
        """Note that the outcome is sent."""
        lease = self.held.get(token)
        if lease is not None and not lease.settled:
            lease.settled = True
            self.unsettled -= 1

    def drop(self, token: Token) -> Lease | None:
        """Hold a task no more; the lease, if it was held."""
        lease = self.held.pop(token, None)
        if lease is not None and not lease.settled:
            self.unsettled -= 1
        return lease

    def to_present(self) -> Iterable[v1.HeldLease]:
        """The leases as a hello presents them."""
        for lease in self.held.values():
            yield v1.HeldLease(
                lease=lease.assign.lease, started=lease.started, ask_ids=lease.asks
            )

    def drop_others(self, standing: Iterable[v1.Lease]) -> list[Token]:
        """Drop what the broker says does not stand; what was dropped."""
        stand = {Token(one.task_id, one.lease_id) for one in standing}
        lost = [token for token in self.held if token not in stand]
        for token in lost:
            self.drop(token)
        return lost
