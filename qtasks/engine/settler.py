"""Settler: stores what workers report, and decides about retries.

Reports of all sessions travel together, each kind through its own batcher. Within one
frame events are stored before settlements, so that a task's last yield never comes after
its end.
"""

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.batching import Batcher
from qtasks.core.limits import MAX_REASON, check_name
from qtasks.core.records import (
    Append,
    Appended,
    HistoryEntry,
    Lane,
    Settled,
    Settlement,
    Token,
)
from qtasks.core.retry import RetryRule
from qtasks.core.states import ENDED, State
from qtasks.engine.activity import Activity, AttemptEnd
from qtasks.engine.admission import check_id, check_seconds, keep_of
from qtasks.engine.dispatcher import Dispatcher
from qtasks.engine.events import (
    finished_event,
    number_events,
    state_event,
    timestamp,
)
from qtasks.engine.notifier import Notifier
from qtasks.engine.session import Held, WorkerSession
from qtasks.engine.settings import KIB, EngineSettings
from qtasks.errors import ProtocolViolation

logger = logging.getLogger(__name__)

MAX_NUMBER = 2**32 - 1
"""The greatest number of a lease, or of an event of a lease."""

MAX_FAILURE = 256 * KIB
MAX_TRACEBACK = 32 * KIB

REPORTABLE = frozenset({"yielded", "asked", "log", "progress"})

FAILED = frozenset({State.ERROR, State.RETRY})
"""What a worker reports of an attempt that failed."""


class Settler:
    """Stores what workers report."""

    def __init__(
        self,
        storage: Storage,
        notifier: Notifier,
        dispatcher: Dispatcher,
        activity: Activity,
        settings: EngineSettings,
        *,
        on_due: Callable[[float], None],
    ) -> None:
        self._storage = storage
        self._notifier = notifier
        self._dispatcher = dispatcher
        self._activity = activity
        self._settings = settings
        self._on_due = on_due
        self._begins: Batcher[Token, bool] = Batcher(storage.begin, name="begin")
        self._appends: Batcher[Append, Appended] = Batcher(
            storage.append, name="append"
        )
        self._settles: Batcher[Settlement, Settled] = Batcher(
            storage.settle, name="settle"
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for batcher in (self._begins, self._appends, self._settles):
            await self._stack.enter_async_context(batcher)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def report(self, session: WorkerSession, frame: v1.ConnectRequest) -> None:
        """Store everything one frame reports.

        Raises:
            ProtocolViolation: the frame breaks a rule; nothing of it is stored.
        """
        for lease in frame.started:
            _check_lease(lease)
        for report in frame.events:
            self._check_events(report)
        settles = [self._settlement(session, settle) for settle in frame.settles]
        await self._begin(session, frame)
        await self._append(session, frame.events)
        if settles:
            await self._settle(session, settles, frame.settles)

    # -- begun ----------------------------------------------------------------------

    async def _begin(self, session: WorkerSession, frame: v1.ConnectRequest) -> None:
        settled = {settle.lease.task_id for settle in frame.settles}
        tokens = [
            Token(lease.task_id, lease.lease_id, session.id)
            for lease in frame.started
            if lease.task_id not in settled
        ]
        for token, stands in zip(tokens, await self._begins(tokens), strict=True):
            if stands:
                session.begun(token)
            else:
                session.lose(token)

    # -- events -----------------------------------------------------------------------

    def _check_events(self, report: v1.LeaseEvents) -> None:
        _check_lease(report.lease)
        if not 1 <= report.first <= MAX_NUMBER:
            raise ProtocolViolation("events are numbered from 1 within a lease")
        for event in report.events:
            if event.WhichOneof("event") not in REPORTABLE:
                raise ProtocolViolation(
                    "a worker may report yielded, asked, log and progress only"
                )
            if event.ByteSize() > self._settings.max_event:
                raise ProtocolViolation(
                    f"an event has {event.ByteSize()} bytes, more than "
                    f"{self._settings.max_event}"
                )
            if event.HasField("asked"):
                check_name(event.asked.ask_id, "ask_id")

    async def _append(
        self, session: WorkerSession, reports: Sequence[v1.LeaseEvents]
    ) -> None:
        waiting = [
            (
                Token(one.lease.task_id, one.lease.lease_id, session.id),
                one.first,
                list(one.events),
            )
            for one in reports
            if one.events
        ]
        while waiting:
            answers = await self._appends([_append_of(*one) for one in waiting])
            rest = []
            for (token, first, events), answer in zip(waiting, answers, strict=True):
                if not answer.held:
                    session.lose(token)
                    continue
                if answer.stored:
                    session.progressed(token, events)
                    self._published(token.id, events, answer)
                    continue
                # Known already: stored by a call whose answer was lost, or by another
                # broker. Those who follow here may not have heard.
                self._notifier.touch([token.id])
                if events[answer.reported - first + 1 :]:
                    # Some of them were known: only the others are new.
                    news = events[answer.reported - first + 1 :]
                    rest.append((token, answer.reported + 1, news))
            waiting = rest

    def _published(
        self, task_id: str, events: list[v1.TaskEvent], answer: Appended
    ) -> None:
        if self._notifier.follows(task_id):
            number_events(
                events,
                task_id,
                answer.seq - len(events) + 1,
                answer.time,
                answer.attempt,
            )
            self._notifier.publish(task_id, events)

    # -- ends -------------------------------------------------------------------------

    def _settlement(self, session: WorkerSession, settle: v1.Settle) -> Settlement:
        _check_lease(settle.lease)
        token = Token(settle.lease.task_id, settle.lease.lease_id, session.id)
        held = session.holds(token)
        settlement = self._outcome(token, held, settle)
        if held is not None and held.task.HasField("keep_failure"):
            settlement.keep = keep_of(held.task, settlement.state, self._settings)
        return settlement

    def _outcome(
        self, token: Token, held: Held | None, settle: v1.Settle
    ) -> Settlement:
        kind = settle.WhichOneof("outcome")
        if kind == "result":
            return self._result(token, settle.result)
        if kind == "failure":
            return self._failure(token, held, settle)
        if kind == "cancelled":
            reason = settle.cancelled[:MAX_REASON]
            return Settlement(token, State.CANCEL, reason.encode())
        if kind == "given_back":
            return Settlement(token, State.NEW)
        raise ProtocolViolation("a settlement needs an outcome")

    def _result(self, token: Token, result: v1.Payload) -> Settlement:
        size = result.ByteSize()
        if size > self._settings.max_payload:
            failure = v1.Failure(
                kind="PayloadTooLarge",
                message=f"the result has {size} bytes, more than "
                f"{self._settings.max_payload}",
                reason=v1.FAILURE_REASON_RESULT_INVALID,
            )
            return Settlement(token, State.ERROR, failure.SerializeToString())
        return Settlement(token, State.SUCCESS, result.SerializeToString())

    def _failure(
        self, token: Token, held: Held | None, settle: v1.Settle
    ) -> Settlement:
        failure = cut_failure(settle.failure)
        delay = self._retry_delay(held, settle)
        if delay is None:
            return Settlement(token, State.ERROR, failure.SerializeToString())
        event = v1.TaskEvent(
            state_changed=v1.StateChanged(state=v1.TASK_STATE_RETRY, failure=failure)
        )
        chunk = v1.EventChunk(events=[event]).SerializeToString()
        return Settlement(token, State.RETRY, chunk, delay)

    def _retry_delay(self, held: Held | None, settle: v1.Settle) -> float | None:
        """Seconds until the next attempt; `None` when there is none.

        A report of a task this broker does not know its session to hold can only be
        late: the storage refuses it, whatever is asked for.
        """
        if held is None or not settle.failure.retryable:
            return None
        rule = retry_rule(held.task.retry)
        delay = rule.delay(held.record.attempt, random.random())  # noqa: S311
        if delay is not None and settle.HasField("retry_delay"):
            return check_seconds(settle.retry_delay, "retry_delay")
        return delay

    async def _settle(
        self,
        session: WorkerSession,
        settlements: list[Settlement],
        settles: Sequence[v1.Settle],
    ) -> None:
        answers = await self._settles(settlements)
        ready: dict[Lane, int] = {}
        ends: list[AttemptEnd] = []
        for settlement, settle, answer in zip(
            settlements, settles, answers, strict=True
        ):
            token = settlement.token
            held = session.holds(token)
            if not answer.accepted:
                logger.info(
                    "late settlement refused",
                    extra={"task_id": token.id, "lease_id": token.lease},
                )
                session.lose(token)
                continue
            session.release(token)
            if held is None or answer.repeated:
                self._notifier.touch([token.id])
                continue
            if settlement.state is not State.NEW:
                failed = settlement.state in FAILED
                ends.append(AttemptEnd(held.record, answer.time, failed))
            self._tell(held, settlement, settle, answer)
            if answer.state is State.NEW:
                ready[held.record.lane] = ready.get(held.record.lane, 0) + 1
            elif answer.state is State.RETRY:
                self._on_due(answer.due - answer.time)
        self._activity.settled(ends)
        if ready:
            self._dispatcher.arrived(ready)

    def _tell(
        self,
        held: Held,
        settlement: Settlement,
        settle: v1.Settle,
        answer: Settled,
    ) -> None:
        record = held.record
        if not self._notifier.follows(record.id):
            return
        if answer.state in ENDED and answer.state is settlement.state:
            record.state = answer.state
            record.seq = answer.seq
            record.ended = answer.time
            record.outcome = settlement.body
            record.due = 0.0
            record.cancel_reason = ""
            self._notifier.publish(record.id, [finished_event(record, held.task)])
        elif answer.state is State.RETRY:
            changed = v1.StateChanged(
                state=v1.TASK_STATE_RETRY,
                failure=settle.failure,
                due_time=timestamp(answer.due),
            )
            event = v1.TaskEvent(state_changed=changed)
            number_events([event], record.id, answer.seq, answer.time, record.attempt)
            self._notifier.publish(record.id, [event])
        elif answer.state is State.NEW and settlement.state is State.NEW:
            entry = HistoryEntry(answer.seq, answer.time, State.NEW, record.attempt - 1)
            self._notifier.publish(record.id, [state_event(record, entry)])
        else:
            self._notifier.touch([record.id])


def retry_rule(policy: v1.RetryPolicy) -> RetryRule:
    """The rule a wire policy asks for, with its defaults."""
    defaults = RetryRule()
    return RetryRule(
        max_attempts=max(1, policy.max_attempts),
        initial_backoff=(
            policy.initial_backoff.seconds + policy.initial_backoff.nanos / 1e9
            if policy.HasField("initial_backoff")
            else defaults.initial_backoff
        ),
        multiplier=policy.multiplier or defaults.multiplier,
        max_backoff=(
            policy.max_backoff.seconds + policy.max_backoff.nanos / 1e9
            if policy.HasField("max_backoff")
            else defaults.max_backoff
        ),
        jitter=policy.jitter if policy.HasField("jitter") else defaults.jitter,
    )


def _check_lease(lease: v1.Lease) -> None:
    check_id(lease.task_id, "lease.task_id")
    if not 1 <= lease.lease_id <= MAX_NUMBER:
        raise ProtocolViolation(f"there is no lease {lease.lease_id}")


def cut_failure(failure: v1.Failure) -> v1.Failure:
    """A failure whose texts are of a bounded length, so that its status can travel."""
    if failure.ByteSize() <= MAX_FAILURE:
        return failure
    cut = v1.Failure(
        kind=failure.kind[:MAX_REASON],
        message=failure.message[:MAX_REASON],
        # The end of a traceback says what failed.
        traceback=failure.traceback[-MAX_TRACEBACK:],
        retryable=failure.retryable,
        reason=failure.reason,
    )
    cut.details["cut"] = "the failure was too long to be kept whole"
    return cut


def _append_of(token: Token, first: int, events: list[v1.TaskEvent]) -> Append:
    asks = tuple(
        event.asked.ask_id for event in events if event.WhichOneof("event") == "asked"
    )
    chunk = v1.EventChunk(events=events).SerializeToString()
    return Append(token, first, len(events), chunk, asks)
