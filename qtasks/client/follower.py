"""Follower: waits for the ends of any number of tasks over one stream.

Everything that waits to be said goes as one message. When the stream breaks, another is
opened and told what is still followed; submits are repeated, which their ids make safe.
"""

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker, Subscription
from qtasks.core.reconnection import GONE, Reconnection
from qtasks.errors import AppStopped, BrokerUnavailable, QtasksError
from qtasks.transport.status import from_item

logger = logging.getLogger(__name__)

MAX_CHANGES = 1024
MAX_BYTES = 2 * 1024 * 1024
SETTLED_AFTER = 1.0
"""A stream that lived this many seconds was a connection, even if it said nothing."""


@dataclass(eq=False, slots=True)
class _Followed:
    """A task somebody waits for."""

    id: str
    submit: v1.TaskSubmit | None = None
    """Set until it is known to be stored."""
    waiters: list[asyncio.Future[v1.TaskStatus | None]] = field(default_factory=list)

    def settle(self, ended: v1.TaskStatus) -> None:
        # A copy: the original would keep all that came in the same message.
        status = v1.TaskStatus()
        status.CopyFrom(ended)
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(status)

    def fail(self, error: QtasksError) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(error)


class Follower:
    """Waits for the ends of any number of tasks over one stream.

    Args:
        broker: Where the tasks are.
        patience: Seconds to keep trying to submit when a broker that was reached is
            gone. Tasks that are stored are waited for without limit.
    """

    def __init__(self, broker: Broker, *, patience: float) -> None:
        self._broker = broker
        self._patience = patience
        self._followed: dict[str, _Followed] = {}
        self._unsaid: deque[_Followed] = deque()
        self._dropped: deque[str] = deque()
        self._wake = anyio.Event()
        self._waits = Reconnection()
        self._reached = False
        self._broken_since = 0.0

    async def ended(
        self,
        task_id: str,
        *,
        submit: v1.TaskSubmit | None = None,
        timeout: float | None = None,
    ) -> v1.TaskStatus | None:
        """How a task ended, as soon as it has; `None` when it did not in time.

        Args:
            task_id: The task.
            submit: The task itself, to be submitted first.
            timeout: How many seconds to wait.
        """
        followed = self._followed.get(task_id)
        if followed is None:
            followed = _Followed(task_id, submit)
            self._followed[task_id] = followed
            self._unsaid.append(followed)
            self._wake.set()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[v1.TaskStatus | None] = loop.create_future()
        followed.waiters.append(waiter)
        # A timer and not a cancel scope, which costs as much as all the rest here.
        timer = None if timeout is None else loop.call_later(timeout, _give_up, waiter)
        try:
            return await waiter
        finally:
            if timer is not None:
                timer.cancel()
            followed.waiters.remove(waiter)
            if not followed.waiters and self._followed.get(followed.id) is followed:
                del self._followed[followed.id]
                self._dropped.append(followed.id)
                self._wake.set()

    async def run(self) -> None:
        """Follow until cancelled; then whoever still waits gets `AppStopped`."""
        try:
            await self._run()
        finally:
            self._fail_all(AppStopped())

    async def _run(self) -> None:
        while True:
            await self._something()
            opened = time.monotonic()
            try:
                await self._follow()
            except* GONE as group:
                self._broke(opened, group.exceptions[0])
            except* QtasksError as group:
                self._fail_all(_first(group))
            await anyio.sleep(self._waits.delay())

    async def _something(self) -> None:
        while not self._followed:
            self._unsaid.clear()
            self._dropped.clear()
            self._wake = anyio.Event()
            await self._wake.wait()

    async def _follow(self) -> None:
        async with self._broker.subscribe() as stream:
            self._dropped.clear()
            self._unsaid = deque(self._followed.values())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read, stream, name="follower reads")
                await self._write(stream)

    # -- what is said -----------------------------------------------------------------

    async def _write(self, stream: Subscription) -> None:
        while True:
            while not self._unsaid and not self._dropped:
                self._wake = anyio.Event()
                await self._wake.wait()
            await stream.send(self._request())

    def _request(self) -> v1.SubscribeRequest:
        request = v1.SubscribeRequest()
        size = changes = 0
        while self._unsaid and changes < MAX_CHANGES and size < MAX_BYTES:
            followed = self._unsaid.popleft()
            if followed.id not in self._followed:
                continue
            changes += 1
            if followed.submit is not None:
                size += followed.submit.ByteSize()
                request.submit.add(task=followed.submit, finished_only=True)
            else:
                request.add.add(id=followed.id, finished_only=True)
        while self._dropped and changes < MAX_CHANGES:
            changes += 1
            task_id = self._dropped.popleft()
            if task_id not in self._followed:
                request.remove.append(task_id)
        return request

    # -- what is heard ----------------------------------------------------------------

    async def _read(self, stream: Subscription) -> None:
        while True:
            response = await stream.receive()
            self._reached = True
            self._waits.succeeded()
            # Receipts first: an end may come under the id that one of them tells.
            for receipt in response.receipts:
                self._rename(receipt)
            for event in response.events:
                if event.WhichOneof("event") == "finished":
                    followed = self._followed.pop(event.task_id, None)
                    if followed is not None:
                        followed.settle(event.finished.status)
            for refused in response.errors:
                followed = self._followed.pop(refused.id, None)
                if followed is not None:
                    followed.fail(from_item(refused.error))

    def _rename(self, receipt: v1.FollowReceipt) -> None:
        """Follow the task that an idempotency key stood for instead."""
        followed = self._followed.pop(receipt.submitted_id, None)
        if followed is None:
            return
        followed.submit = None
        followed.id = receipt.receipt.id
        other = self._followed.setdefault(followed.id, followed)
        if other is not followed:
            other.waiters.extend(followed.waiters)
            followed.waiters = other.waiters

    # -- what goes wrong --------------------------------------------------------------

    def _broke(self, opened: float, error: BaseException) -> None:
        now = time.monotonic()
        if now - opened > SETTLED_AFTER:
            self._reached = True
            self._waits.succeeded()
        if self._waits.failures == 0:
            self._broken_since = now
            logger.info("follow stream broke", extra={"error": str(error)})
        if not self._reached or now - self._broken_since > self._patience:
            unavailable = (
                error if isinstance(error, QtasksError) else BrokerUnavailable()
            )
            for followed in list(self._followed.values()):
                if followed.submit is not None:
                    del self._followed[followed.id]
                    followed.fail(unavailable)

    def _fail_all(self, error: QtasksError) -> None:
        followed, self._followed = self._followed, {}
        for one in followed.values():
            one.fail(error)


def _give_up(waiter: asyncio.Future[v1.TaskStatus | None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _first(group: BaseExceptionGroup[QtasksError]) -> QtasksError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, QtasksError) else BrokerUnavailable()
