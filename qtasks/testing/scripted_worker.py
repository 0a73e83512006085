"""ScriptedWorker: a worker at the level of frames, for tests that play one by hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker, WorkerChannel
from qtasks.background import Background
from qtasks.engine.admission import new_id
from qtasks.errors import QtasksError


def json_payload(text: str) -> v1.Payload:
    """A JSON document as a payload."""
    return v1.Payload(json=text)


class ScriptedWorker:
    """Does what the test says, and keeps what the broker said.

    Args:
        channel: An open worker stream.
        hello: What it said at first.
    """

    def __init__(self, channel: WorkerChannel, hello: v1.Hello) -> None:
        self._channel = channel
        self._frame = 0
        self._waiting: list[v1.Assign] = []
        self.hello = hello
        self.welcome = v1.Welcome()
        self.cancels: list[v1.CancelLease] = []
        self.answers: list[v1.Answer] = []
        self.lost: list[v1.Lease] = []
        self.acked = 0
        self.drained = False
        self.told_to_leave = False
        self._changed = anyio.Event()
        self._error: QtasksError | None = None

    @classmethod
    @asynccontextmanager
    async def connected(
        cls,
        broker: Broker,
        *tasks: str | v1.TaskInfo,
        credit: int = 10,
        worker_id: str = "",
        session: str = "",
        queues: Sequence[str] = (),
        held: Sequence[v1.HeldLease] = (),
        app: str = "",
    ) -> AsyncIterator[Self]:
        """A worker that has been welcomed; leaving without `goodbye` is a crash."""
        session = session or new_id()
        hello = v1.Hello(
            worker_id=worker_id or f"worker-{session[-6:]}",
            session=session,
            app=app,
            language="script",
            protocol=v1.ProtocolVersion(major=1),
            queues=queues,
            tasks=[
                v1.TaskInfo(name=one) if isinstance(one, str) else one for one in tasks
            ],
            slots=credit,
            credit=credit,
            held=held,
        )
        async with broker.connect() as channel:
            await channel.send(v1.ConnectRequest(hello=hello))
            worker = cls(channel, hello)
            async with Background() as reading:
                reading.start_soon(worker._read, name="read")
                while not worker.welcome.broker_id:
                    await worker.receive()
                yield worker

    async def _read(self) -> None:
        """Take frames as they come, since a receive that is cancelled ends the stream."""
        try:
            while True:
                self._absorb(await self._channel.receive())
                self._changed.set()
        except QtasksError as error:
            self._error = error
            self._changed.set()

    async def receive(self) -> None:
        """Wait for a frame; raises what ended the stream."""
        if self._error is not None:
            raise self._error
        self._changed = anyio.Event()
        await self._changed.wait()

    def _absorb(self, frame: v1.ConnectResponse) -> None:
        if frame.HasField("welcome"):
            self.welcome = frame.welcome
        self._waiting += frame.assigns
        self.cancels += frame.cancels
        self.answers += frame.answers
        self.lost += frame.lost
        self.acked = max(self.acked, frame.acked)
        self.drained = self.drained or frame.HasField("drain")
        self.told_to_leave = self.told_to_leave or frame.drain.leave

    async def take(self, count: int = 1) -> list[v1.Assign]:
        """The next assigned tasks."""
        while len(self._waiting) < count:
            await self.receive()
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def until(self, condition: str) -> None:
        """Take frames until an attribute of this worker is true."""
        while not getattr(self, condition):
            await self.receive()

    async def silent(self, seconds: float) -> list[v1.Assign]:
        """What was assigned in some seconds, for tests that nothing is."""
        with anyio.move_on_after(seconds):
            while True:
                await self.receive()
        return self._waiting

    async def send(self, frame: v1.ConnectRequest) -> None:
        """Send a frame and wait until it is acknowledged."""
        self._frame += 1
        frame.frame = self._frame
        await self._channel.send(frame)
        while self.acked < self._frame:
            await self.receive()

    async def started(self, *assigns: v1.Assign) -> None:
        """Say that attempts began."""
        await self.send(v1.ConnectRequest(started=[one.lease for one in assigns]))

    async def report(
        self, assign: v1.Assign, first: int, *events: v1.TaskEvent
    ) -> None:
        """Report events of an attempt."""
        report = v1.LeaseEvents(lease=assign.lease, first=first, events=events)
        await self.send(v1.ConnectRequest(events=[report]))

    async def yields(self, assign: v1.Assign, first: int, *values: str) -> None:
        """Report yielded JSON values."""
        await self.report(
            assign,
            first,
            *(
                v1.TaskEvent(yielded=v1.Yielded(value=json_payload(value)))
                for value in values
            ),
        )

    async def succeed(
        self, assign: v1.Assign, result: str = "null", *, credit: int = 0
    ) -> None:
        """End an attempt with a JSON result."""
        settle = v1.Settle(lease=assign.lease, result=json_payload(result))
        await self.send(v1.ConnectRequest(settles=[settle], credit=credit))

    async def fail(
        self,
        assign: v1.Assign,
        message: str = "boom",
        *,
        retryable: bool = True,
        credit: int = 0,
    ) -> None:
        """End an attempt with a failure."""
        failure = v1.Failure(
            kind="Boom",
            message=message,
            retryable=retryable,
            reason=v1.FAILURE_REASON_RAISED,
        )
        settle = v1.Settle(lease=assign.lease, failure=failure)
        await self.send(v1.ConnectRequest(settles=[settle], credit=credit))

    async def goodbye(self, *, resuming: bool = False) -> None:
        """Leave."""
        await self.send(v1.ConnectRequest(goodbye=v1.Goodbye(resuming=resuming)))
