"""Natural batching: everything that waits travels together, and nothing waits for more.

Idle, an item goes alone and at once; loaded, batches grow by themselves while the one
before is under way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio

from qtasks.background import Background

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Hands everything that is waiting to `flush`, one batch at a time.

    Args:
        flush: Takes items and answers for each, in order. What it raises reaches
            every caller of that batch.
        cap: A batch is not filled further once it has this many items.
        name: Names the task in stack dumps.
    """

    def __init__(
        self,
        flush: Callable[[list[T]], Awaitable[Sequence[R]]],
        *,
        cap: int = 512,
        name: str = "batcher",
    ) -> None:
        self._flush = flush
        self._cap = cap
        self._name = name
        self._waiting: deque[tuple[Sequence[T], asyncio.Future[Sequence[R]]]] = deque()
        self._wake = anyio.Event()
        self._background = Background()

    async def __aenter__(self) -> Self:
        tasks = await self._background.__aenter__()
        tasks.start_soon(self._run, name=self._name)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._background.__aexit__(exc_type, exc, traceback)
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()

    async def __call__(self, items: Sequence[T]) -> Sequence[R]:
        """Send items with whatever else is waiting; answers for each, in order.

        A caller that is cancelled leaves its items in: they may still be sent.
        """
        if not items:
            return []
        future: asyncio.Future[Sequence[R]] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                self._wake = anyio.Event()
                await self._wake.wait()
            batch: list[tuple[Sequence[T], asyncio.Future[Sequence[R]]]] = []
            count = 0
            while self._waiting and (not batch or count < self._cap):
                entry = self._waiting.popleft()
                batch.append(entry)
                count += len(entry[0])
            await self._send(batch)

    async def _send(
        self, batch: list[tuple[Sequence[T], asyncio.Future[Sequence[R]]]]
    ) -> None:
        items = [item for items, _ in batch for item in items]
        try:
            answers = await self._flush(items)
        except Exception as error:  # noqa: BLE001  # every caller gets it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        start = 0
        for part, future in batch:
            end = start + len(part)
            if not future.done():
                future.set_result(answers[start:end])
            start = end
