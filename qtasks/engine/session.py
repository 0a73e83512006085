"""Session: one worker's stream on this broker, its credit and what it holds."""

import time
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio

from qtasks import v1
from qtasks.core.lifecycle import MAX_DROPS
from qtasks.core.records import TaskRecord, Token
from qtasks.engine.admission import DEFAULT_APP, DEFAULT_QUEUE
from qtasks.engine.events import timestamp
from qtasks.engine.settings import MAX_FRAME_BYTES, MIB
from qtasks.errors import ProtocolViolation, QtasksError

DEFAULT_CREDIT_BYTES = 64 * MIB
MAX_CREDIT = 10_000

MAX_NOTE = 200
"""Characters kept of what a running task says of its progress."""

ACKNOWLEDGE_WITHIN = 0.02
"""Seconds an acknowledgement waits for another frame to go with."""

MAX_UNACKNOWLEDGED = 32
"""Stored frames that may wait to be acknowledged."""


@dataclass(slots=True)
class Held:
    """A task the worker holds."""

    record: TaskRecord
    task: v1.TaskSubmit
    size: int
    """Bytes of what the worker was given."""
    since: float = 0.0
    """When it began to run, in epoch seconds; 0 while it waits in the worker."""
    progress: v1.Progress | None = None
    """How far it last said it is."""

    @property
    def token(self) -> Token:
        """The fencing token."""
        return Token(self.record.id, self.record.lease)

    @property
    def lease(self) -> v1.Lease:
        """The fencing token as it travels."""
        return v1.Lease(task_id=self.record.id, lease_id=self.record.lease)


class WorkerSession:
    """One worker's stream: the broker's end of it.

    Holds at most as many tasks as the worker gave credit for, and has to say at most a
    few things of each.
    """

    def __init__(self, hello: v1.Hello) -> None:  # noqa: PLR0915  # one fact a line
        self.hello = hello
        self.id = hello.session
        self.worker = hello.worker_id
        self.app = hello.app or DEFAULT_APP
        self.queues = tuple(hello.queues) or (DEFAULT_QUEUE,)
        self.names = frozenset(task.name for task in hello.tasks)
        self._retries = {
            task.name: task.defaults.retry
            for task in hello.tasks
            if task.defaults.HasField("retry")
        }
        """For tasks submitted when nobody had registered them yet."""
        self.credit = 0
        if hello.credit_bytes < 0:
            raise ProtocolViolation("credit_bytes must not be negative")
        self.credit_bytes = hello.credit_bytes or DEFAULT_CREDIT_BYTES
        self.held: dict[str, Held] = {}
        self.leasing = anyio.Lock()
        """Held while tasks are on their way from the storage to `held`."""
        self.draining = False
        """No more tasks are given out; reports are still taken."""
        self.leaving = False
        """Whether the worker was told to leave for good."""
        self.ended = False
        self.heard = False
        """Whether a frame came since its lease was last extended."""
        self.silent = 0.0
        """Seconds of looks at it since the last that found it heard."""
        self._assigns: deque[v1.Assign] = deque()
        self._suspects: deque[v1.Assign] = deque()
        self._suspect: Token | None = None
        self._answers: deque[v1.Answer] = deque()
        self._early: dict[Token, list[Callable[[], None]]] = {}
        """What was said of tasks that are still on their way into `held`."""
        self.opening = True
        """Whether what it holds from before is still on its way into `held`."""
        self._next = v1.ConnectResponse()
        self._has_next = False
        self._wake = anyio.Event()
        self._room = anyio.Event()
        self._stored = anyio.Event()
        self._unsaid = 0
        self._error: QtasksError | None = None
        self._scopes: list[anyio.CancelScope] = []
        self.grant(hello.credit)

    # -- credit -------------------------------------------------------------------

    def grant(self, credit: int) -> None:
        """Add to the worker's room."""
        if credit < 0 or self.credit + credit > MAX_CREDIT:
            raise ProtocolViolation(
                f"credit must be from 0 to {MAX_CREDIT} in all, not "
                f"{self.credit + credit}"
            )
        self.credit += credit
        if credit:
            self._room.set()

    async def room(self) -> int:
        """Wait until the worker has room; how many tasks it has room for."""
        while self.credit <= 0 or self.credit_bytes <= 0 or self.draining:
            self._room = anyio.Event()
            await self._room.wait()
        return self.credit

    def assign(self, records: list[TaskRecord]) -> None:
        """Give the worker tasks that were leased to it."""
        for record in records:
            task = self._task_of(record)
            if task.HasField("deadline") and not record.expires:
                task.ClearField("deadline")  # of a run before it was requeued
            size = record.size
            held = Held(record, task, size)
            self.held[record.id] = held
            self.credit -= 1
            self.credit_bytes -= size
            assign = v1.Assign(
                lease=held.lease,
                attempt=record.attempt,
                task=task,
                create_time=timestamp(record.created),
                losses=record.losses,
            )
            if not _is_suspect(record):
                self._assigns.append(assign)
            else:
                self._suspects.append(assign)
                self._send_suspect()
        self._wake.set()
        self._catch_up_early()

    def _send_suspect(self) -> None:
        """Let the worker have the next suspect, if it has none.

        One at a time: a task that kills its worker must not take down, again and again,
        those that were lost beside it.
        """
        if self._suspect is not None or not self._suspects:
            return
        assign = self._suspects.popleft()
        self._suspect = Token(assign.lease.task_id, assign.lease.lease_id)
        self._assigns.append(assign)
        held = self.holds(self._suspect)
        if held is not None and held.record.cancel_reason:
            self.cancel(self._suspect, held.record.cancel_reason)
        self._wake.set()

    def unsent(self) -> list[TaskRecord]:
        """The tasks that wait here for their turn, which the worker never got."""
        waiting = [self.held.get(one.lease.task_id) for one in self._suspects]
        self._suspects.clear()
        return [held.record for held in waiting if held is not None]

    def restore(self, record: TaskRecord) -> None:
        """Note a task the worker holds from before this stream."""
        task = self._task_of(record)
        since = record.begun if record.started else 0.0
        size = record.size
        self.held[record.id] = Held(record, task, size, since)
        self.credit_bytes -= size

    def _task_of(self, record: TaskRecord) -> v1.TaskSubmit:
        task = v1.TaskSubmit.FromString(record.spec + record.inputs)
        if self._retries and not task.HasField("retry"):
            policy = self._retries.get(task.name)
            if policy is not None:
                task.retry.CopyFrom(policy)
        return task

    def opened(self) -> None:
        """Note that `held` is complete."""
        self.opening = False
        self._catch_up_early()

    def _catch_up_early(self) -> None:
        """Say what was said of tasks before they were held."""
        early, self._early = self._early, {}
        for token, said in early.items():
            if self.holds(token) is not None:
                for say in said:
                    say()

    def _say_later(self, token: Token, say: Callable[[], None]) -> None:
        """Keep something said of a task that may be on its way here."""
        if self.opening or self.leasing.locked():
            self._early.setdefault(token, []).append(say)

    def holds(self, token: Token) -> Held | None:
        """What the worker holds under a token."""
        held = self.held.get(token.id)
        return held if held is not None and held.record.lease == token.lease else None

    def begun(self, token: Token) -> None:
        """Note that a task began to run."""
        held = self.holds(token)
        if held is not None and not held.since:
            held.since = time.time_ns() / 1e9

    def progressed(self, token: Token, events: Sequence[v1.TaskEvent]) -> None:
        """Note how far a task says it is, if it does."""
        for event in reversed(events):
            if event.HasField("progress"):
                held = self.holds(token)
                if held is not None:
                    said = event.progress
                    held.progress = v1.Progress(
                        done=said.done, total=said.total, note=said.note[:MAX_NOTE]
                    )
                return

    def release(self, token: Token) -> None:
        """Forget a task the worker holds no more."""
        held = self.holds(token)
        if held is None:
            return
        del self.held[token.id]
        self.credit_bytes += held.size
        if self.credit > 0:
            self._room.set()
        if self._suspect is not None and self._suspect[:2] == token[:2]:
            self._suspect = None
            self._send_suspect()

    # -- what to send -----------------------------------------------------------------

    def welcome(self, welcome: v1.Welcome) -> None:
        """Answer the hello."""
        self._next.welcome.CopyFrom(welcome)
        self._send()

    def acknowledge(self, frame: int) -> None:
        """Say that all frames up to this one are stored, with the next frame.

        A frame for nothing else is not worth its cost on the way of a task: it is sent
        `ACKNOWLEDGE_WITHIN` later, or when many wait.
        """
        self._next.acked = max(self._next.acked, frame)
        self._unsaid += 1
        if self._unsaid >= MAX_UNACKNOWLEDGED:
            self._send()
        self._stored.set()

    async def run_acknowledgements(self) -> None:
        """Send acknowledgements that no other frame took along, until cancelled."""
        while True:
            if not self._unsaid:
                self._stored = anyio.Event()
                await self._stored.wait()
            await anyio.sleep(ACKNOWLEDGE_WITHIN)
            if self._unsaid:
                self._send()

    def cancel(self, token: Token, reason: str) -> None:
        """Tell the worker to stop a task."""
        held = self.holds(token)
        if held is None:
            self._say_later(token, lambda: self.cancel(token, reason))
            return
        held.record.cancel_reason = reason
        self._next.cancels.add(lease=held.lease, reason=reason)
        self._send()

    def answer(self, token: Token, ask_id: str, value: bytes) -> None:
        """Tell the worker what a question was answered with."""
        held = self.holds(token)
        if held is None:
            self._say_later(token, lambda: self.answer(token, ask_id, value))
            return
        payload = v1.Payload.FromString(value)
        self._answers.append(v1.Answer(lease=held.lease, ask_id=ask_id, value=payload))
        self._send()

    def lose(self, token: Token) -> None:
        """Tell the worker that a lease is lost."""
        self._next.lost.add(task_id=token.id, lease_id=token.lease)
        self.release(token)
        self._send()

    def catch_up(
        self, record: TaskRecord, waits_for: Container[str] | None = None
    ) -> None:
        """Tell the worker what was said of a held task while nobody could tell it.

        Args:
            record: The task as it stands.
            waits_for: The questions it still waits on; all when not known.
        """
        token = Token(record.id, record.lease)
        if record.cancel_reason:
            self.cancel(token, record.cancel_reason)
        for ask_id, value in record.asks.items():
            if value is not None and (waits_for is None or ask_id in waits_for):
                self.answer(token, ask_id, value)

    def drain(self, by: float) -> None:
        """Tell the worker to go to another broker."""
        self.draining = True
        self._next.drain.by.CopyFrom(timestamp(by))
        self._send()

    def leave(self) -> None:
        """Tell the worker, once, to take no more tasks and to end."""
        if not self.leaving:
            self.draining = self.leaving = True
            self._next.drain.leave = True
            self._send()

    def heartbeat(self) -> None:
        """Send a frame, even an empty one."""
        self._send()

    def close(self, error: QtasksError) -> None:
        """End the stream; `receive` raises `error` once all is taken."""
        self._error = error
        self.draining = True
        self._wake.set()

    @contextmanager
    def open_scope(self) -> Iterator[None]:
        """Run something as long as the stream is open."""
        with anyio.CancelScope() as scope:
            self._scopes.append(scope)
            if self.ended:
                scope.cancel()
            yield

    def end(self) -> None:
        """Stop what runs for the stream, and give out nothing more."""
        self.ended = self.draining = True
        for scope in self._scopes:
            scope.cancel()

    def _send(self) -> None:
        self._has_next = True
        self._wake.set()

    async def receive(self) -> v1.ConnectResponse:
        """Everything there is to say, as soon as there is something."""
        while not (self._has_next or self._assigns or self._answers):
            if self._error is not None:
                raise self._error
            self._wake = anyio.Event()
            await self._wake.wait()
        frame, self._next = self._next, v1.ConnectResponse()
        self._has_next = False
        self._unsaid = 0
        room = MAX_FRAME_BYTES
        frame.answers.extend(_take(self._answers, room))
        room -= sum(answer.ByteSize() for answer in frame.answers)
        # Alone in its frame if need be, however large: admission has bounded it.
        if room > 0:
            frame.assigns.extend(_take(self._assigns, room))
        return frame


def _is_suspect(record: TaskRecord) -> bool:
    """Whether one more lost worker, or a few more, would end a task.

    Earlier it is treated like any other: most workers are lost for other reasons.
    """
    return 0 < record.losses >= record.max_losses - 1 or record.drops >= MAX_DROPS // 2


Item = TypeVar("Item", v1.Answer, v1.Assign)


def _take(waiting: deque[Item], room: int) -> list[Item]:
    """As many as there is room for in bytes, but at least one if any waits."""
    taken: list[Item] = []
    while waiting:
        room -= waiting[0].ByteSize()
        if room < 0 and taken:
            break
        taken.append(waiting.popleft())
    return taken
