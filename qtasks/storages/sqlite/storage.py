"""Everything in one file, which outlives the process."""

from asyncio import wrap_future
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import anyio

from qtasks.clock import SYSTEM_CLOCK
from qtasks.errors import StorageUnavailable
from qtasks.storages.embedded import EmbeddedStorage, Hub, Ledger, Mailbox, Operation
from qtasks.storages.embedded.storage import P, T
from qtasks.storages.sqlite.thread import LedgerThread


class SqliteStorage(EmbeddedStorage):
    """The embedded default: what one broker needs to keep everything.

    A call returns when its effect is on the disk (`synchronous = FULL`). The file is
    locked as long as the storage is open: a second process gets `StorageInUse`.

    Args:
        path: The file; made, with its folders, if it is not there.
        clock: Tells the time in epoch seconds.
        keep_events: How many events of a task are kept, about.
    """

    kind: ClassVar[str] = "sqlite"

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Callable[[], float] = SYSTEM_CLOCK,
        keep_events: int = 100_000,
    ) -> None:
        super().__init__(Hub(), clock)
        self._path = Path(path)
        self._clock = clock
        self._keep_events = keep_events
        self._thread: LedgerThread | None = None

    async def __aenter__(self) -> Self:
        """Open the file; raises `StorageInUse` or `StorageUnavailable`."""
        thread = LedgerThread(self._path, self._clock, self._keep_events)
        opened = thread.start()
        try:
            await wrap_future(opened)
        except BaseException:
            # Also when nobody waits for the opening any more: the file must be free.
            thread.stop()
            raise
        self._thread = thread
        self._mailbox = Mailbox()
        self._hub.join(self._mailbox)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish what is under way and close the file."""
        thread, self._thread = self._thread, None
        self._hub.leave(self._mailbox)
        if thread is not None:
            # Shielded: the file is closed when this returns, so it can be opened anew.
            with anyio.CancelScope(shield=True):
                await wrap_future(thread.stop())

    async def _run(
        self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._thread is None:
            raise StorageUnavailable("the storage is not open")

        def call(ledger: Ledger) -> T:
            return operation(ledger, *args, **kwargs)

        result, touched = await wrap_future(self._thread.submit(call))
        self._hub.tell(self._mailbox, *touched)
        return result
