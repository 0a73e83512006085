"""Everything in this process, gone with it."""

from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Self

from anyio.lowlevel import checkpoint_if_cancelled

from qtasks.clock import SYSTEM_CLOCK
from qtasks.storages.embedded import EmbeddedStorage, Hub, Ledger, Mailbox, Operation
from qtasks.storages.embedded.storage import P, T
from qtasks.storages.memory.tables import MemoryTables


class MemoryStorage(EmbeddedStorage):
    """A storage for tests, and for tasks that may die with the process.

    Several brokers of one event loop can share it, as replicas: each takes its own
    handle from `replica`.

    Args:
        clock: Tells the time in epoch seconds.
        keep_events: How many events of a task are kept, about.
    """

    kind: ClassVar[str] = "memory"

    def __init__(
        self,
        *,
        clock: Callable[[], float] = SYSTEM_CLOCK,
        keep_events: int = 100_000,
    ) -> None:
        super().__init__(Hub(), clock)
        self._ledger = Ledger(MemoryTables(), clock, keep_events)

    def replica(self) -> "MemoryStorage":
        """Another handle on the same tasks, as another broker would have."""
        other = MemoryStorage(clock=self.clock)
        other._hub, other._ledger = self._hub, self._ledger
        return other

    async def __aenter__(self) -> Self:
        """Take part in the signals."""
        self._mailbox = Mailbox()
        self._hub.join(self._mailbox)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take part no more; the tasks stay for other handles, and for this one."""
        self._hub.leave(self._mailbox)

    async def _run(
        self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        await checkpoint_if_cancelled()
        ledger = self._ledger
        ledger.start()
        try:
            return operation(ledger, *args, **kwargs)
        finally:
            self._hub.tell(self._mailbox, *ledger.finish())
