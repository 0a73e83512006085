"""Connection: one stream to a broker at a time, opened again whenever it breaks.

One task reads and one writes. Everything that waits goes as one frame; frames are
numbered, kept until they are acknowledged, and sent again as they were on the next
stream.
"""

import logging
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker, WorkerChannel
from qtasks.core.reconnection import Reconnection
from qtasks.core.records import Token
from qtasks.errors import (
    BrokerUnavailable,
    InvalidField,
    ProtocolMismatch,
    ProtocolViolation,
    QtasksError,
    SessionLost,
    TlsFailed,
    Unauthenticated,
    WorkerIdInUse,
)
from qtasks.workers.credits import Credits
from qtasks.workers.exchange import Answered, Exchange, Fetched, Stop
from qtasks.workers.frames import Frames
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.registration import hello

logger = logging.getLogger(__name__)

REFUSED = (
    InvalidField,
    ProtocolMismatch,
    ProtocolViolation,
    TlsFailed,
    Unauthenticated,
    WorkerIdInUse,
)
"""Errors that would come again on the next stream; after all others it goes on."""

WELCOME_TIMEOUT = 10.0
STALE_AFTER = 1.0
"""Seconds after which a fetched task that has not begun is given back."""
GOODBYE_TIMEOUT = 2.0
SILENCE_FACTOR = 3
"""A broker silent for this many heartbeats is taken for gone."""


class WorkerConnection:
    """One stream to a broker at a time, opened again whenever it breaks.

    Args:
        broker: The broker, entered in this loop.
        plan: What the worker serves.
        exchange: The way to and from the runner.
        on_connected: Told about every welcome.
        on_leave: Told when somebody drains the worker; may be more than once.
    """

    def __init__(
        self,
        broker: Broker,
        plan: WorkerPlan,
        exchange: Exchange,
        *,
        on_connected: Callable[[], None],
        on_leave: Callable[[], None],
    ) -> None:
        self._broker = broker
        self._plan = plan
        self._exchange = exchange
        self._on_connected = on_connected
        self._on_leave = on_leave
        self._leases = exchange.leases
        self._bell = exchange.to_connection
        self._credits = Credits(
            plan.slots,
            window=plan.config.prefetch_window,
            most=plan.config.prefetch_max,
        )
        self._hello = hello(plan, str(uuid4()))
        self._waits = Reconnection(most=plan.config.reconnect_backoff_max)
        self._frames = Frames(exchange, self._credits)
        self._heartbeat = 1.0
        self._heard = 0.0
        self._looked = 0.0
        """When it was last looked whether the broker is silent."""
        self._moving = False
        self._draining = False
        self._leaving = False
        self._left = False

    # -- life -------------------------------------------------------------------------

    def drain(self) -> None:
        """Take nothing more, and give back what has not begun. Any thread."""
        self._draining = True
        self._bell.ring()

    def leave(self) -> None:
        """Say goodbye once everything is said, and end `run`. Any thread."""
        self._leaving = True
        self._bell.ring()

    def resize(self) -> None:
        """Take as many tasks as the settings say now. Any thread.

        Credit can't be taken back, so that a new stream says how many these are.
        """
        self._moving = True
        self._bell.ring()

    async def run(self) -> None:
        """Stay connected until told to leave.

        Raises:
            WorkerIdInUse: another live worker has this worker's id.
            ProtocolMismatch: the broker speaks another version.
            InvalidField: the broker refuses what the worker serves.
            ProtocolViolation: the broker does not understand the worker.
            TlsFailed: the two do not agree on TLS.
            Unauthenticated: the broker wants another token.
        """
        self._bell.attach()
        while True:
            self._moving = False
            try:
                await self._stay()
            except* SessionLost:
                self._start_over()
            except* REFUSED:
                raise
            except* QtasksError as group:
                if not self._left and not self._moving:
                    self._log_break(group.exceptions[0])
            if self._left:
                return
            if not self._moving:
                await anyio.sleep(self._waits.delay())

    def _log_break(self, error: BaseException) -> None:
        """Say once that there is no broker, and then only for who wants details."""
        logger.log(
            logging.DEBUG if self._waits.failures else logging.WARNING,
            "no broker: the worker keeps trying",
            extra={"worker_id": self._plan.worker_id, "error": str(error)},
        )

    async def _stay(self) -> None:
        async with self._broker.connect() as channel:
            await channel.send(v1.ConnectRequest(hello=self._present()))
            first: v1.ConnectResponse | None = None
            with anyio.move_on_after(WELCOME_TIMEOUT):
                first = await channel.receive()
            if first is None:
                raise BrokerUnavailable("the broker did not answer the hello")
            self._welcomed(first)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read, channel, name="worker reads")
                await self._write(channel)
                # The broker ends the stream after a goodbye: then `_read` raises.
                with anyio.move_on_after(GOODBYE_TIMEOUT):
                    await anyio.sleep_forever()
                tasks.cancel_scope.cancel()

    def _present(self) -> v1.Hello:
        self._exchange.begun.clear()
        for token in self._running():
            self._leases.held[token].started = True
        del self._hello.held[:]
        self._hello.held.extend(self._leases.to_present())
        self._hello.slots = self._credits.slots = self._plan.slots
        self._hello.credit = self._credits.restart(self._leases.unsettled)
        return self._hello

    def _running(self) -> list[Token]:
        waiting = {fetched.token for fetched in self._exchange.backlog}
        return [token for token in self._leases.held if token not in waiting]

    def _welcomed(self, frame: v1.ConnectResponse) -> None:
        if not frame.HasField("welcome"):
            raise ProtocolViolation("the broker did not begin with a welcome")
        welcome = frame.welcome
        self._heartbeat = max(0.1, welcome.heartbeat.ToTimedelta().total_seconds())
        self._leases.agree(welcome.lease.ToTimedelta().total_seconds())
        if welcome.max_payload_bytes:
            self._exchange.max_payload = welcome.max_payload_bytes
        for token in self._leases.drop_others(welcome.standing):
            self._exchange.put_notice(Stop(token, "the lease is lost", lost=True))
        self._waits.succeeded()
        logger.log(
            # One that stops connects once more only to have no credit any longer.
            logging.DEBUG if self._draining else logging.INFO,
            "worker connected",
            extra={
                "worker_id": self._plan.worker_id,
                "broker_id": welcome.broker_id,
                "held": len(self._leases.held),
            },
        )
        self._take(frame)
        self._on_connected()

    def _start_over(self) -> None:
        """Begin a new session: every lease of the old one went to others."""
        logger.warning("worker session lost", extra={"worker_id": self._plan.worker_id})
        for token in self._leases.drop_others([]):
            self._exchange.put_notice(Stop(token, "the session is lost", lost=True))
        self._frames.forget()
        self._hello.session = str(uuid4())

    # -- what is heard ----------------------------------------------------------------

    async def _read(self, channel: WorkerChannel) -> None:
        while True:
            self._take(await channel.receive())

    def _take(self, frame: v1.ConnectResponse) -> None:
        now = time.monotonic()
        self._heard = self._looked = now
        self._leases.heard(now)
        if frame.acked and (self._frames.acknowledged(frame.acked) or self._leaving):
            self._bell.ring()
        for lease in frame.lost:
            self._lost(_token(lease))
        if frame.assigns:
            self._assigned(frame.assigns, now)
        for cancel in frame.cancels:
            self._cancelled(cancel)
        for answer in frame.answers:
            self._answered(answer)
        if frame.HasField("drain"):
            self._told_to_go(frame.drain)
        if self._exchange.backlog:
            # Leases may be trusted again, which the runner waits for.
            self._exchange.to_runner.ring()

    def _told_to_go(self, drain: v1.Drain) -> None:
        if drain.leave:
            self._on_leave()
        if drain.HasField("by") or not drain.leave:
            self._moving = True
            self._bell.ring()

    def _assigned(self, assigns: Iterable[v1.Assign], now: float) -> None:
        fetched = [
            Fetched(self._leases.take(assign), assign, now) for assign in assigns
        ]
        self._credits.assigned(len(fetched))
        if self._draining:
            self._give_back(fetched, "the worker stops")
        else:
            self._exchange.put_fetched(fetched)

    def _lost(self, token: Token) -> None:
        if self._leases.drop(token) is not None:
            self._exchange.put_notice(Stop(token, "the lease is lost", lost=True))

    def _answered(self, answer: v1.Answer) -> None:
        token = _token(answer.lease)
        lease = self._leases.held.get(token)
        if lease is not None:
            lease.asks.discard(answer.ask_id)
            self._exchange.put_notice(Answered(token, answer.ask_id, answer.value))

    def _cancelled(self, cancel: v1.CancelLease) -> None:
        token = _token(cancel.lease)
        lease = self._leases.held.get(token)
        if lease is not None and not lease.settled:
            lease.cancelled = cancel.reason
            self._exchange.put_notice(Stop(token, cancel.reason))

    # -- what is said -----------------------------------------------------------------

    async def _write(self, channel: WorkerChannel) -> None:
        for known in self._frames.unacknowledged():
            await channel.send(known)
        spoken = time.monotonic()
        while True:
            self._return_stale(time.monotonic())
            if self._draining:
                # Credit can't be taken back, or what is given back would come again: a
                # new stream begins without any.
                self._moving = self._moving or self._credits.granted > 0
                self._credits.close()
            frame = None if self._moving else self._frames.next()
            now = time.monotonic()
            if (
                frame is None
                and not self._moving
                and now - spoken >= self._heartbeat / 2
            ):
                frame = v1.ConnectRequest()
            if frame is not None:
                await channel.send(frame)
                spoken = now
            elif self._moving or (self._leaving and not self._frames.waiting):
                self._left = not self._moving
                goodbye = v1.Goodbye(resuming=self._moving)
                await channel.send(v1.ConnectRequest(goodbye=goodbye))
                return
            else:
                self._check_silence(now)
                with anyio.move_on_after(self._pause(now, spoken)):
                    await self._bell.wait()

    def _pause(self, now: float, spoken: float) -> float:
        """Seconds until there is something to do even if nobody rings."""
        pause = spoken + self._heartbeat / 2 - now
        oldest = self._oldest()
        if oldest is not None:
            pause = min(pause, oldest.received + STALE_AFTER - now)
        return max(pause, 0.001)

    def _check_silence(self, now: float) -> None:
        if now - self._looked > self._heartbeat:
            # It was this process that was frozen: what the broker said meanwhile, maybe
            # that the session is lost, has not been read yet.
            self._heard = now
        self._looked = now
        if now - self._heard > SILENCE_FACTOR * self._heartbeat:
            raise BrokerUnavailable("the broker is silent")

    # -- what is given back -----------------------------------------------------------

    def _oldest(self) -> Fetched | None:
        try:
            return self._exchange.backlog[0]
        except IndexError:
            return None

    def _return_stale(self, now: float) -> None:
        """Give back what was fetched too long ago, or everything when draining."""
        stale: list[Fetched] = []
        backlog = self._exchange.backlog
        while backlog:
            try:
                fetched = backlog.popleft()
            except IndexError:  # the runner took the last one
                break
            if not self._draining and now - fetched.received < STALE_AFTER:
                backlog.appendleft(fetched)
                break
            stale.append(fetched)
        if stale and not self._draining:
            self._credits.stall()
            self._exchange.stalled = True
            self._exchange.to_runner.ring()
        self._give_back(
            stale, "the worker stops" if self._draining else "the worker is busy"
        )

    def _give_back(self, fetched: Iterable[Fetched], reason: str) -> None:
        for one in fetched:
            settle = v1.Settle(
                lease=one.assign.lease, given_back=v1.GivenBack(reason=reason)
            )
            self._exchange.outbox.put_settle(one.token, settle, 0)


def _token(lease: v1.Lease) -> Token:
    return Token(lease.task_id, lease.lease_id)
