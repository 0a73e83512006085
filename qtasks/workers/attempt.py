"""Attempt: one run of a task, from its start to its outcome."""

import asyncio
import concurrent.futures
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.abc.executor import Executor
from qtasks.context import Ask, Context, TaskCancelError
from qtasks.core.limits import MAX_SECONDS
from qtasks.core.records import Token
from qtasks.errors import AskTimeout, OutOfRange, PayloadTooLarge
from qtasks.task import Seconds, TaskDefinition
from qtasks.workers.exchange import Exchange, Fetched
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.telling import tell_end, tells
from qtasks.workers.views import AssignedTask, TaskModel

MAX_EVENT = 256 * 1024 - 1024
"""The largest payload of an event, in bytes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a task may be tried again, and when."""

    retry: bool
    delay: Seconds | None
    """`None`: as the broker says."""


class Attempt:
    """One run of a task: what an executor sees as `Job`, and the runner steers."""

    __slots__ = (
        "_answers",
        "_exchange",
        "_plan",
        "_task",
        "args",
        "assign",
        "context",
        "definition",
        "interrupt",
        "interruptible",
        "kwargs",
        "model",
        "place",
        "plain",
        "settled",
        "stop_reason",
        "stop_text",
        "timers",
        "token",
        "verdict",
        "wakers",
    )

    def __init__(
        self,
        fetched: Fetched,
        definition: TaskDefinition,
        plan: WorkerPlan,
        exchange: Exchange,
    ) -> None:
        self.token: Token = fetched.token
        self.assign = fetched.assign
        self.definition = definition
        self._plan = plan
        self._exchange = exchange
        self.args: list[Any] = []
        self.kwargs: dict[str, Any] = {}
        self.context: Context
        self.settled = False
        """Whether its outcome was sent."""
        self.stop_reason = ""
        """`cancel`, `timeout`, `shutdown` or `lost`, once it was told to stop."""
        self.stop_text = ""
        self.interruptible = True
        self.interrupt: asyncio.Task[None] | None = None
        """What to cancel."""
        self.timers: list[asyncio.TimerHandle] = []
        self.place: Executor
        """Where the function runs."""
        self.plain = True
        """Whether the function is all there is."""
        self._task: AssignedTask | None = None
        self.model: TaskModel | None = None
        """How it ended, for those who are told."""
        self.verdict: Verdict | None = None
        """What its task executor decided about another attempt."""
        self.wakers: list[Any] = []
        """Called when it is told to stop."""
        self._answers: dict[str, concurrent.futures.Future[v1.Payload]] = {}

    def put_first(self, running: Any) -> None:
        """Give the task object of `echo` in front of the arguments: of each call."""
        if self.assign.task.each:
            self.args = [[running, *args] for args in self.args]
        else:
            self.args.insert(0, running)

    @property
    def task(self) -> AssignedTask:
        """The task as executors and plugins see it; made when it is asked for."""
        if self._task is None:
            self._task = AssignedTask.of(self.assign, self.args, self.kwargs)
        return self._task

    @task.setter
    def task(self, task: AssignedTask) -> None:
        self._task = task

    # -- what the runner does -----------------------------------------------------------

    @property
    def decode(self) -> Callable[[Any], Any] | None:
        """Makes its result ready to travel: the task's own, or that of the settings."""
        return self.definition.decode or self._plan.config.task_default_decode

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return bool(self.stop_reason)

    def stop(self, reason: str, text: str) -> bool:
        """Tell it to stop; false when it was told before."""
        if self.stop_reason:
            # Losing the lease makes every other outcome pointless.
            if reason == "lost":
                self.stop_reason = reason
            return False
        self.stop_reason = reason
        self.stop_text = text
        for wake in self.wakers:
            wake()
        for answer in list(self._answers.values()):
            _set_exception(answer, TaskCancelError(text))
        if self.interruptible and self.interrupt is not None:
            self.interrupt.cancel()
        return True

    def answered(self, ask_id: str, value: v1.Payload) -> None:
        """Pass on the answer to a question."""
        answer = self._answers.get(ask_id)
        if answer is not None and not answer.done():
            answer.set_result(value)

    def settle(self, settle: v1.Settle, size: int = 0) -> None:
        """Send the outcome, unless it was sent."""
        if self.settled:
            return
        self.settled = True
        self._exchange.begun.pop(self.token, None)
        if self.stop_reason != "lost":
            settle.lease.CopyFrom(self.assign.lease)
            self._exchange.outbox.put_settle(self.token, settle, size)
            if tells():
                tell_end(self.assign, settle)

    # -- what the task says -------------------------------------------------------------

    @property
    def max_result(self) -> int:
        """The largest result in bytes."""
        return self._exchange.max_payload

    def emit(self, value: Any) -> int:
        """Send out a value; its size in bytes."""
        payload = self._plan.serializer.encode(value)
        text = payload.json
        size = len(text) if text and text.isascii() else payload.ByteSize()
        if size > MAX_EVENT:
            raise PayloadTooLarge(
                f"a yielded value has {size} bytes, more than {MAX_EVENT}; store it "
                "elsewhere and yield a reference"
            )
        event = v1.TaskEvent(yielded=v1.Yielded(value=payload))
        self.put_event(event, size)
        return size

    def put_event(self, event: v1.TaskEvent, size: int) -> None:
        """Send out an event, unless the outcome was sent."""
        if not self.settled:
            self._exchange.outbox.put_event(self.token, event, size)

    @property
    def crowded(self) -> bool:
        """Whether more is sent out than the wire takes."""
        return self._exchange.outbox.crowded

    @property
    def overcrowded(self) -> bool:
        """Whether what may be lost should be dropped."""
        return self._exchange.outbox.overcrowded

    async def room(self) -> None:
        """Wait, in the worker's loop, until it is crowded no more."""
        await self._exchange.outbox.room()

    def wait_for_room(self) -> None:
        """Wait, in a thread, until it is crowded no more."""
        self._exchange.outbox.wait_for_room()

    # -- questions ------------------------------------------------------------------------

    async def ask(self, ask: Ask) -> Any:
        """Ask, in the worker's loop, and wait for the answer; raises `AskTimeout`."""
        ask_id, answer = self._asked(ask)
        try:
            # `wait_for` and not a cancel scope: the future lives in another world.
            payload = await asyncio.wait_for(
                asyncio.wrap_future(answer), _seconds(ask.timeout)
            )
        except TimeoutError:
            raise AskTimeout(ask_id=ask_id) from None
        finally:
            del self._answers[ask_id]
        return self._plan.serializer.decode(payload)

    def wait_for_answer(self, ask: Ask) -> Any:
        """Ask, in a thread, and wait for the answer; raises `AskTimeout`."""
        ask_id, answer = self._asked(ask)
        try:
            payload = answer.result(_seconds(ask.timeout))
        except TimeoutError:
            raise AskTimeout(ask_id=ask_id) from None
        finally:
            del self._answers[ask_id]
        return self._plan.serializer.decode(payload)

    def _asked(self, ask: Ask) -> tuple[str, concurrent.futures.Future[v1.Payload]]:
        if self.stopped:
            raise TaskCancelError(self.stop_text)
        prompt = self._plan.serializer.encode(ask.prompt)
        if prompt.ByteSize() > MAX_EVENT:
            raise PayloadTooLarge(f"a question has {prompt.ByteSize()} bytes")
        # Unique over attempts: a late reply must not answer the next attempt's question.
        ask_id = str(uuid4())
        asked = v1.Asked(ask_id=ask_id, prompt=prompt)
        timeout = _seconds(ask.timeout)
        if timeout is not None:
            if not timeout <= MAX_SECONDS:  # also false for NaN
                # Those who watch could not read a moment that no calendar has.
                raise OutOfRange(f"a question can't wait for {timeout} s")
            asked.deadline.CopyFrom(_stamp(time.time() + timeout))  # noqa: TID251
        answer: concurrent.futures.Future[v1.Payload] = concurrent.futures.Future()
        self._answers[ask_id] = answer
        self.put_event(v1.TaskEvent(asked=asked), prompt.ByteSize())
        return ask_id, answer


def _set_exception(
    future: concurrent.futures.Future[v1.Payload], error: Exception
) -> None:
    if not future.done():
        future.set_exception(error)


def _seconds(length: Seconds | None) -> float | None:
    if length is None or isinstance(length, int | float):
        return length
    return length.total_seconds()


def _stamp(seconds: float) -> Timestamp:
    whole = int(seconds)
    return Timestamp(seconds=whole, nanos=int((seconds - whole) * 1e9))


def length_of(duration: Duration) -> float:
    """A length in seconds."""
    return duration.seconds + duration.nanos / 1e9
