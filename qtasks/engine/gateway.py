"""Gateway: one worker stream from hello to goodbye."""

import logging
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import check_name
from qtasks.core.records import Session, TaskRecord, Token
from qtasks.engine.admission import DEFAULT_APP, DEFAULT_QUEUE, check_id
from qtasks.engine.defaults import check_defaults
from qtasks.engine.dispatcher import Dispatcher
from qtasks.engine.lessor import Lessor
from qtasks.engine.registry import Registry
from qtasks.engine.session import WorkerSession
from qtasks.engine.settings import EngineSettings
from qtasks.engine.settler import Settler
from qtasks.errors import (
    BrokerDraining,
    BrokerUnavailable,
    ProtocolMismatch,
    ProtocolViolation,
    QtasksError,
    StorageUnavailable,
    TooMany,
)

logger = logging.getLogger(__name__)

PROTOCOL = v1.ProtocolVersion(major=1, minor=0)
MAX_TASKS = 10_000
MAX_QUEUES = 256
HELLO_WITHIN = 10.0
"""Seconds a new stream may take to say hello."""


class Gateway:
    """What worker streams need of the broker, and who is connected."""

    def __init__(
        self,
        *,
        storage: Storage,
        sessions: dict[str, WorkerSession],
        dispatcher: Dispatcher,
        settler: Settler,
        lessor: Lessor,
        registry: Registry,
        settings: EngineSettings,
        broker_id: str,
    ) -> None:
        self.storage = storage
        self.sessions = sessions
        self.dispatcher = dispatcher
        self.settler = settler
        self.lessor = lessor
        self.registry = registry
        self.settings = settings
        self.broker_id = broker_id
        self.draining = False
        self._departure = anyio.Event()

    def drain(self, grace: float) -> None:
        """Take no more workers and give out no more tasks; tell workers to leave."""
        self.draining = True
        for session in self.sessions.values():
            session.drain(time.time_ns() / 1e9 + grace)

    async def empty(self) -> None:
        """Wait until no worker is connected."""
        while self.sessions:
            self._departure = anyio.Event()
            await self._departure.wait()

    def forget(self, session: WorkerSession) -> bool:
        """Note that a stream is over; False when a newer one has its session."""
        session.end()
        self._departure.set()
        if self.sessions.get(session.id) is not session:
            return False
        del self.sessions[session.id]
        return True

    async def open(self, hello: v1.Hello) -> WorkerSession:
        """Let a worker in, with the leases that still stand.

        Raises:
            BrokerDraining: it should go to another broker.
            InvalidField, ProtocolMismatch: its hello is not right.
            WorkerIdInUse: another live worker has its id.
        """
        if self.draining:
            raise BrokerDraining
        _check_hello(hello)
        session = WorkerSession(hello)
        older = self.sessions.get(hello.session)
        if older is not None:
            older.close(ProtocolViolation("the worker opened another stream"))
        # Known before it is opened: the end of its older stream must not end it.
        self.sessions[session.id] = session
        try:
            await self.registry.register(hello, session.app)
            await self.lessor.ended(session.id)
            info = _info(hello, session)
            records, draining = await self.storage.open_session(
                Session(session.id, session.worker, session.app, info),
                self.settings.lease,
            )
            standing = await self._restore(session, records)
        except BaseException:
            self.forget(session)
            raise
        welcome = v1.Welcome(
            broker_id=self.broker_id,
            protocol=PROTOCOL,
            standing=standing,
            max_payload_bytes=self.settings.max_payload,
        )
        welcome.lease.FromMilliseconds(round(self.settings.lease * 1000))
        welcome.heartbeat.FromMilliseconds(round(self.settings.heartbeat * 1000))
        session.welcome(welcome)
        waits_for = {held.lease.task_id: frozenset(held.ask_ids) for held in hello.held}
        for record in records:
            session.catch_up(record, waits_for.get(record.id, frozenset()))
        session.opened()
        if draining:
            session.leave()
        return session

    async def _restore(
        self, session: WorkerSession, records: list[TaskRecord]
    ) -> list[v1.Lease]:
        """Sort what the storage says the worker holds by what it says itself."""
        claimed = {
            Token(held.lease.task_id, held.lease.lease_id): held
            for held in session.hello.held
        }
        standing = []
        never_arrived = []
        begun = []
        for record in records:
            token = Token(record.id, record.lease)
            held = claimed.get(token)
            if held is None:
                never_arrived.append(record)
                continue
            session.restore(record)
            standing.append(v1.Lease(task_id=token.id, lease_id=token.lease))
            if held.started and not record.started:
                begun.append(Token(record.id, record.lease, session.id))
        await self.dispatcher.give_back(never_arrived)
        if begun:
            await self.storage.begin(begun)
        return standing

    async def crashed(self, session: WorkerSession) -> None:
        """Note a worker whose stream broke."""
        try:
            await self.dispatcher.give_back(session.unsent())
        except StorageUnavailable:
            logger.warning(
                "tasks not given back: the storage can't be reached",
                extra={"worker_id": session.worker},
            )
        await self.lessor.end(session)

    async def left(self, session: WorkerSession, *, resuming: bool) -> None:
        """Note a worker that said goodbye."""
        if resuming:
            return
        async with session.leasing:
            records = [held.record for held in session.held.values()]
            session.held.clear()
        await self.dispatcher.give_back(records)
        await self.storage.end_session(session.id, 0.0)


class WorkerStream:
    """One worker stream: the engine's `WorkerChannel`.

    An async context manager. Leaving it without a goodbye is taken for a crash of the
    worker: its leases end after the grace.
    """

    def __init__(self, gateway: Gateway, tasks: TaskGroup) -> None:
        self._gateway = gateway
        self._outer = tasks
        self._session: WorkerSession | None = None
        self._opened = anyio.Event()
        self._refused: QtasksError | None = None
        self._gone = False

    async def send(self, frame: v1.ConnectRequest) -> None:
        """Take a frame; returns when everything it reports is stored."""
        session = self._session
        if session is None:
            await self._hello(frame)
            return
        if frame.HasField("hello"):
            raise ProtocolViolation("hello comes once, first on the stream")
        session.heard = True
        if frame.credit:
            session.grant(frame.credit)
        if frame.started or frame.events or frame.settles:
            await self._gateway.settler.report(session, frame)
        if frame.frame:
            session.acknowledge(frame.frame)
        if frame.HasField("goodbye"):
            self._gone = True
            session.heartbeat()
            self._gateway.forget(session)
            await self._gateway.left(session, resuming=frame.goodbye.resuming)
            session.close(BrokerUnavailable("goodbye"))

    async def _hello(self, frame: v1.ConnectRequest) -> None:
        try:
            if not frame.HasField("hello"):
                raise ProtocolViolation("the first frame must carry hello")
            self._session = await self._gateway.open(frame.hello)
        except QtasksError as error:
            self._refused = error
            raise
        finally:
            self._opened.set()
        for role in (
            self._gateway.dispatcher.run,
            self._heartbeat,
            WorkerSession.run_acknowledgements,
        ):
            self._outer.start_soon(
                self._while_open, role, self._session, name=role.__qualname__
            )

    async def _while_open(
        self, role: Callable[[WorkerSession], Awaitable[None]], session: WorkerSession
    ) -> None:
        with session.open_scope():
            try:
                await role(session)
            except QtasksError as error:
                # The worker connects again, and finds its leases.
                session.close(error)
            except Exception as error:
                # A fault of ours must not end the streams of others.
                logger.exception(
                    "worker stream failed", extra={"worker_id": session.worker}
                )
                session.close(BrokerUnavailable(f"the broker failed: {error!r}"))

    async def _heartbeat(self, session: WorkerSession) -> None:
        while True:
            await anyio.sleep(self._gateway.settings.heartbeat)
            session.heartbeat()

    async def receive(self) -> v1.ConnectResponse:
        """Everything the broker has to say, as soon as there is something."""
        if self._session is None:
            with anyio.move_on_after(HELLO_WITHIN):
                await self._opened.wait()
            if self._session is None:
                raise self._refused or ProtocolViolation("no hello came")
        return await self._session.receive()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session = self._session
        if session is None:
            return
        if self._gateway.forget(session) and not self._gone:
            self._outer.start_soon(self._gateway.crashed, session, name="crashed")


def _check_hello(hello: v1.Hello) -> None:
    if hello.protocol.major != PROTOCOL.major:
        raise ProtocolMismatch(
            f"the worker speaks protocol {hello.protocol.major}, this broker "
            f"{PROTOCOL.major}; use a worker and a broker of the same major version"
        )
    check_name(hello.worker_id, "hello.worker_id")
    check_id(hello.session, "hello.session")
    if hello.app:
        check_name(hello.app, "hello.app")
    if len(hello.tasks) > MAX_TASKS:
        raise TooMany(f"a worker serves at most {MAX_TASKS} tasks", field="hello.tasks")
    if len(hello.queues) > MAX_QUEUES:
        raise TooMany(
            f"a worker takes from at most {MAX_QUEUES} queues", field="hello.queues"
        )
    for queue in hello.queues:
        check_name(queue, "hello.queues")
    for task in hello.tasks:
        check_name(task.name, "hello.tasks")
        if task.HasField("defaults"):
            check_defaults(task)


def _info(hello: v1.Hello, session: WorkerSession) -> bytes:
    """The hello as kept for whoever looks: without what only this stream needs."""
    info = v1.Hello()
    info.CopyFrom(hello)
    info.ClearField("held")
    info.app = session.app or DEFAULT_APP
    if not info.queues:
        info.queues.append(DEFAULT_QUEUE)
    for task in info.tasks:
        task.ClearField("parameters")
        task.ClearField("json_schema")
        task.ClearField("result_schema")
        task.ClearField("yield_schema")
        task.ClearField("description")
    return info.SerializeToString()
