"""Runner: starts attempts as slots are free, stops them when told, reports how they end.

Lives in the loop of user code. Tasks of attempts belong to an `asyncio.TaskGroup`: one
of anyio costs 15 us a task, seven times as much, and this is the hottest path there is.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator

import anyio

from qtasks import v1
from qtasks.context import CURRENT
from qtasks.core.records import Token
from qtasks.errors import PluginFailed
from qtasks.events import Events
from qtasks.task import Seconds, TaskDefinition
from qtasks.task.submission import all_submitted
from qtasks.triggers import Plugins
from qtasks.workers.arguments import take_arguments
from qtasks.workers.attempt import Attempt, length_of
from qtasks.workers.contexts import AsyncContext, SyncContext
from qtasks.workers.course import Course, Courses, each_of
from qtasks.workers.exchange import Answered, Exchange, Fetched, Notice, Stop
from qtasks.workers.failures import rejected
from qtasks.workers.moments import Moments
from qtasks.workers.outcomes import (
    Outcome,
    outcome_of_cancel,
    outcome_of_error,
    outcome_of_result,
    outcome_of_stop,
)
from qtasks.workers.plan import WorkerPlan

logger = logging.getLogger(__name__)


class Runner:
    """Starts attempts, stops them when told, and reports how they end.

    Args:
        plan: What the worker serves.
        exchange: The way to and from the connection.
    """

    def __init__(self, plan: WorkerPlan, exchange: Exchange) -> None:
        self._plan = plan
        self._exchange = exchange
        self._courses = Courses(plan)
        self._moments = Moments(plan)
        self._ways: dict[TaskDefinition, tuple[Course, bool]] = {}
        self._attempts: dict[Token, Attempt] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._idle = anyio.Event()
        self._telling = 0
        """Of how many attempts somebody is being told how they ended."""

    def check(self, definition: TaskDefinition) -> None:
        """Raise what is wrong with a task that is to be served."""
        hub = self._plan.plugins.get("worker")
        if hub is not None:
            hub.check_task(definition)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Notice plugins, and functions of events, that are added while it runs.

        Their part in a task begins with its next attempt.
        """
        heard: list[Plugins | Events] = list(self._plan.plugins.values())
        if self._plan.events is not None:
            heard.append(self._plan.events)
        for one in heard:
            one.watchers.append(self._forget)
        try:
            yield
        finally:
            for one in heard:
                one.watchers.remove(self._forget)

    def _forget(self) -> None:
        self._courses.forget()
        self._moments.forget()
        self._ways.clear()

    @property
    def running(self) -> int:
        """How many attempts run."""
        return len(self._attempts)

    async def run(self) -> None:
        """Run attempts until cancelled."""
        bell = self._exchange.to_runner
        bell.attach()
        async with asyncio.TaskGroup() as self._tasks:
            while True:
                await bell.wait()
                self._pump()

    def stop_all(self, reason: str, text: str) -> None:
        """Tell every attempt to stop."""
        for attempt in list(self._attempts.values()):
            self._stop(attempt, reason, text)

    @property
    def busy(self) -> bool:
        """Whether an attempt runs whose outcome is still to come, or to be told."""
        attempts = self._attempts.values()
        return self._telling > 0 or any(not attempt.settled for attempt in attempts)

    async def idle(self) -> None:
        """Wait until no attempt runs whose outcome is still to come, or to be told."""
        while self.busy:
            self._idle = anyio.Event()
            await self._idle.wait()

    # -- starting -----------------------------------------------------------------------

    def _pump(self) -> None:
        """Take notice of what the connection said; start what there is room for."""
        exchange = self._exchange
        while exchange.notices:
            self._notice(exchange.notices.popleft())
        if exchange.stalled:
            exchange.stalled = False
            exchange.to_connection.ring()
        backlog = exchange.backlog
        started = False
        slots = self._plan.slots  # changes with the settings
        while backlog and len(self._attempts) < slots:
            if not exchange.leases.trusted(time.monotonic()):
                return
            try:
                fetched = backlog.popleft()
            except IndexError:  # the connection gave the last one back
                break
            started = self._start(fetched) or started
        if started:
            exchange.to_connection.ring()

    def _start(self, fetched: Fetched) -> bool:
        lease = self._exchange.leases.held.get(fetched.token)
        if lease is None:
            return False
        if lease.cancelled is not None:
            self._refuse(fetched, v1.Settle(cancelled=lease.cancelled))
            return True
        definition = self._plan.registry.find(fetched.assign.task.name)
        if definition is None:
            message = f"this worker has no task {fetched.assign.task.name!r}"
            unknown = rejected("TaskNotRegistered", message)
            self._refuse(fetched, v1.Settle(failure=unknown))
            return True
        attempt = Attempt(fetched, definition, self._plan, self._exchange)
        failure = take_arguments(attempt, self._plan.serializer)
        if failure is not None:
            self._refuse(fetched, v1.Settle(failure=failure))
            return True
        self._launch(attempt)
        return True

    def _refuse(self, fetched: Fetched, settle: v1.Settle) -> None:
        settle.lease.CopyFrom(fetched.assign.lease)
        self._exchange.outbox.put_settle(fetched.token, settle, settle.ByteSize())

    def _launch(self, attempt: Attempt) -> None:
        definition = attempt.definition
        course, plain = self._ways.get(definition) or self._way_of(definition)
        attempt.place = course.place
        attempt.interruptible = course.interruptible
        attempt.plain = plain and not attempt.assign.task.each
        in_loop = definition.awaiting
        make_context = AsyncContext if in_loop else SyncContext
        attempt.context = make_context(attempt, self._plan)
        if definition.echo:
            running = self._plan.running_task(definition, attempt.context)
            attempt.put_first(running)
        self._attempts[attempt.token] = attempt
        self._exchange.begun[attempt.token] = None
        assert self._tasks is not None  # noqa: S101  # only `run` starts attempts
        attempt.interrupt = self._tasks.create_task(self._attempt(attempt))
        self._set_limits(attempt)

    def _way_of(self, definition: TaskDefinition) -> tuple[Course, bool]:
        """The course of a task, and whether its function is all there is."""
        course = self._courses.of(definition)
        plain = course.kind is None and not self._moments.heard(definition)
        way = self._ways[definition] = (course, plain)
        return way

    # -- running ------------------------------------------------------------------------

    async def _attempt(self, attempt: Attempt) -> None:
        CURRENT.set(attempt.context)
        try:
            if attempt.plain:
                # The way of most tasks, and the one whose speed counts.
                outcome = await self._plain_outcome(attempt)
                attempt.settle(outcome.settle, outcome.size)
            elif self._moments.heard(attempt.definition):
                await self._report(attempt, await self._outcome(attempt, heard=True))
            else:
                outcome = await self._outcome(attempt, heard=False)
                attempt.settle(outcome.settle, outcome.size)
        except GeneratorExit as error:
            # Raised by what the task waits for, it closes each coroutine on its way here.
            outcome = outcome_of_error(attempt, error)
            attempt.settle(outcome.settle, outcome.size)
        finally:
            self._ended(attempt)

    async def _plain_outcome(self, attempt: Attempt) -> Outcome:
        """Run a function with nothing around it."""
        try:
            value = await attempt.place.run(attempt)
            if "submissions" in vars(attempt.context):
                await all_submitted(attempt.context.submissions)
        except asyncio.CancelledError:
            return outcome_of_cancel(attempt)
        except BaseException as error:  # noqa: BLE001  # SystemExit ends the task only
            return outcome_of_error(attempt, error)
        return outcome_of_result(attempt, value, self._plan.serializer)

    async def _outcome(self, attempt: Attempt, *, heard: bool) -> Outcome:
        """Run an attempt with all that is around it."""
        each = attempt.assign.task.each
        try:
            if heard:
                await self._moments.arriving(attempt)
            course = self._courses.of(attempt.definition)
            value = await (each_of(course, attempt) if each else course.run(attempt))
            await all_submitted(attempt.context.submissions)
        except asyncio.CancelledError:
            return outcome_of_cancel(attempt)
        except BaseException as error:  # noqa: BLE001  # SystemExit ends the task only
            return outcome_of_error(attempt, error)
        decode = course.kind is None and not each
        return outcome_of_result(attempt, value, self._plan.serializer, decode=decode)

    async def _report(self, attempt: Attempt, outcome: Outcome) -> None:
        """Report an outcome that somebody wants to know of."""
        try:
            outcome = await self._moments.ending(attempt, outcome)
        except asyncio.CancelledError:
            outcome = outcome_of_cancel(attempt)
        except Exception as error:  # noqa: BLE001  # a plugin whose errors count
            outcome = outcome_of_error(attempt, error)
        self._telling += 1
        try:
            attempt.settle(outcome.settle, outcome.size)
            with contextlib.suppress(asyncio.CancelledError):
                await self._told(attempt)
        finally:
            self._telling -= 1

    async def _told(self, attempt: Attempt) -> None:
        try:
            await self._moments.ended(attempt)
        except PluginFailed as error:
            logger.error(  # noqa: TRY400  # the plugin's own error is its cause
                "plugin failed after the outcome was reported",
                extra={"task_id": attempt.token.id, "error": str(error)},
            )

    def _ended(self, attempt: Attempt) -> None:
        for timer in attempt.timers:
            timer.cancel()
        del self._attempts[attempt.token]
        if self._exchange.backlog or self._exchange.notices:
            self._pump()
        self._idle.set()

    # -- stopping -----------------------------------------------------------------------

    def _set_limits(self, attempt: Attempt) -> None:
        """Have the attempt stopped when its time is over."""
        task = attempt.assign.task
        limit = None
        if task.HasField("max_time"):
            limit = length_of(task.max_time)
        elif attempt.definition.max_time is not None:
            limit = _length(attempt.definition.max_time)
        if limit:
            self._stop_after(
                attempt, limit, f"it ran longer than max_time, {limit:g} s"
            )
        if task.HasField("deadline"):
            left = task.deadline.seconds + task.deadline.nanos / 1e9 - _now()
            self._stop_after(attempt, max(0.0, left), "its deadline passed")

    def _stop_after(self, attempt: Attempt, seconds: float, text: str) -> None:
        self._after(attempt, seconds, lambda: self._stop(attempt, "timeout", text))

    def _after(
        self, attempt: Attempt, seconds: float, call: Callable[[], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        attempt.timers.append(loop.call_later(seconds, call))

    def _notice(self, notice: Notice) -> None:
        attempt = self._attempts.get(notice.token)
        if attempt is None:
            return
        if isinstance(notice, Answered):
            attempt.answered(notice.ask_id, notice.value)
        elif isinstance(notice, Stop):
            self._stop(attempt, "lost" if notice.lost else "cancel", notice.reason)

    def _stop(self, attempt: Attempt, reason: str, text: str) -> None:
        if attempt.stop(reason, text):
            grace = self._plan.config.cancel_grace
            self._after(attempt, grace, lambda: self._overran(attempt))

    def _overran(self, attempt: Attempt) -> None:
        """The task ignored that it was told to stop: report it without waiting more.

        Its slot stays taken until it ends.
        """
        logger.warning(
            "task does not stop",
            extra={"task_id": attempt.token.id, "task_name": attempt.definition.name},
        )
        self._stopped(attempt, overrun=True)
        self._idle.set()
        if attempt.interruptible and attempt.interrupt is not None:
            attempt.interrupt.cancel()
            grace = self._plan.config.cancel_grace
            self._after(attempt, max(grace, 0.1), lambda: self._overran(attempt))

    def _stopped(self, attempt: Attempt, *, overrun: bool = False) -> None:
        """Report an attempt that was told to stop."""
        attempt.settle(outcome_of_stop(attempt, overrun=overrun).settle)


def _now() -> float:
    return time.time()  # noqa: TID251  # deadlines are moments


def _length(length: Seconds) -> float:
    return length if isinstance(length, int | float) else length.total_seconds()
