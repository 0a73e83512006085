"""Submitter: lets tasks in, stores them in batches, and tells who waits for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.batching import Batcher
from qtasks.core.records import (
    Fate,
    HistoryEntry,
    Lane,
    NewTask,
    Submitted,
    TaskRecord,
)
from qtasks.core.states import State
from qtasks.core.waiting import Follower, first_cursor
from qtasks.engine.activity import Activity
from qtasks.engine.admission import DEFAULT_QUEUE, admit
from qtasks.engine.defaults import Defaults, is_same
from qtasks.engine.dependencies import check_cycles
from qtasks.engine.dispatcher import Dispatcher
from qtasks.engine.events import WIRE_STATES, state_event
from qtasks.engine.notifier import Inbox, Notifier
from qtasks.engine.registry import Registry
from qtasks.engine.settings import MAX_BATCH, EngineSettings
from qtasks.errors import QtasksError, TaskConflict, TaskUnserved, TooMany

ErrorItem = Callable[[QtasksError], v1.ItemError]
"""Writes an error as an item of a batch."""


@dataclass(slots=True)
class _Admitted:
    """What became of the tasks of a request so far."""

    tasks: list[NewTask | None] = field(default_factory=list)
    """To be stored; `None` for one that was refused."""
    receipts: list[v1.Receipt] = field(default_factory=list)
    sent: dict[str, v1.TaskSubmit] = field(default_factory=dict)
    """By id, those that were filled with defaults, as they came."""


class Submitter:
    """Lets tasks in.

    Args:
        storage: Where they go.
        notifier: Who follows them.
        dispatcher: Who runs them.
        registry: What they were registered with, and who serves them.
        settings: Limits and defaults.
        activity: Counts them.
        item_error: How an error of one task is written.
        on_due: Told in how many seconds a task becomes due.
        on_held: Told of tasks that wait for others, once all of a request are stored.
    """

    def __init__(
        self,
        storage: Storage,
        notifier: Notifier,
        dispatcher: Dispatcher,
        registry: Registry,
        settings: EngineSettings,
        *,
        activity: Activity,
        item_error: ErrorItem,
        on_due: Callable[[float], None],
        on_held: Callable[[list[Follower]], None],
    ) -> None:
        self._storage = storage
        self._notifier = notifier
        self._dispatcher = dispatcher
        self._registry = registry
        self._activity = activity
        self._defaults = Defaults(registry)
        self._settings = settings
        self._item_error = item_error
        self._on_due = on_due
        self._on_held = on_held
        self._stores: Batcher[NewTask, Submitted] = Batcher(
            storage.submit, name="submit"
        )

    async def __aenter__(self) -> Self:
        await self._stores.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stores.__aexit__(exc_type, exc, traceback)

    async def submit(
        self, tasks: Sequence[v1.TaskSubmit], *, keep: float = 0.0
    ) -> list[v1.Receipt]:
        """Store tasks; a receipt for each.

        Args:
            tasks: What to store; what they leave unset is filled in.
            keep: Seconds their records are kept at least, whatever they say.

        Raises:
            TooMany: more tasks than a request may have.
        """
        if len(tasks) > MAX_BATCH:
            raise TooMany(
                f"tasks has {len(tasks)} entries, more than {MAX_BATCH}", field="tasks"
            )
        admitted = await self._admit(tasks)
        if keep:
            for task in admitted.tasks:
                if task is not None:
                    task.keep = max(task.keep, keep)
        return await self._store(admitted)

    async def follow(
        self, wanted: Sequence[v1.FollowSubmit], inbox: Inbox
    ) -> list[v1.Receipt]:
        """Store tasks and follow them from their first event; a receipt for each."""
        admitted = await self._admit([follow.task for follow in wanted])
        expected = set()
        for new, follow in zip(admitted.tasks, wanted, strict=True):
            if new is not None and new.id not in inbox:
                new.watched = True
                inbox.expect(new.id, finished_only=follow.finished_only)
                expected.add(new.id)
        stored: list[v1.Receipt] = []
        try:
            stored = await self._store(admitted)
        finally:
            created = {one.id for one in stored if one.seq and not one.existing}
            for task_id in expected - created:
                inbox.drop(task_id)
        known = [
            v1.Follow(id=receipt.id, finished_only=follow.finished_only)
            for follow, receipt in zip(wanted, stored, strict=True)
            if receipt.existing
        ]
        if known:
            await inbox.follow(known)
        return stored

    async def _admit(self, tasks: Sequence[v1.TaskSubmit]) -> _Admitted:
        await self._defaults.refresh(tasks)
        circles = check_cycles(tasks)
        admitted = _Admitted()
        for place, task in enumerate(tasks):
            receipt = v1.Receipt()
            new: NewTask | None = None
            try:
                sent = self._defaults.fill(task)
                if task.id in circles:
                    raise circles[task.id]
                new = admit(task, self._settings)
                if self._settings.strict:
                    await self._check_served(new.lane)
                if sent is not None and sent.id:
                    admitted.sent[sent.id] = sent
            except QtasksError as error:
                new = None
                if error.field:
                    error.facts["field"] = f"tasks[{place}].{error.field}"
                receipt.id = task.id
                receipt.error.CopyFrom(self._item_error(error))
            admitted.tasks.append(new)
            admitted.receipts.append(receipt)
        return admitted

    async def _check_served(self, lane: Lane) -> None:
        if (lane.queue, lane.name) not in await self._registry.served(lane.app):
            raise TaskUnserved(
                f"no live worker serves {lane.name!r} in queue {lane.queue!r}; start "
                "one, or check the name",
                field="name",
                name=lane.name,
            )

    async def _store(self, admitted: _Admitted) -> list[v1.Receipt]:
        new = [task for task in admitted.tasks if task is not None]
        stored = await self._stores(new)
        if any(answer.fate is Fate.CONFLICT for answer in stored):
            stored = await self._recognise(new, stored, admitted.sent)
        answers = iter(stored)
        ready: dict[Lane, int] = {}
        created: dict[Lane, int] = {}
        held: list[Follower] = []
        for task, receipt in zip(admitted.tasks, admitted.receipts, strict=True):
            if task is None:
                continue
            answer = next(answers)
            receipt.id = answer.id
            if answer.fate is Fate.CONFLICT:
                conflict = TaskConflict(
                    f"another task has the id {task.id}; the first one stands",
                    task_id=task.id,
                )
                receipt.error.CopyFrom(self._item_error(conflict))
                continue
            receipt.state = WIRE_STATES[answer.state]
            receipt.seq = answer.seq
            receipt.existing = answer.fate is Fate.EXISTING
            # Known ones too: the call that stored them may not have come this far.
            self._stored(task, answer, ready, created)
            if task.held and answer.state is State.SCHEDULED:
                held.append(Follower(answer.id, first_cursor(1)))
        self._activity.submitted(created)
        if held:
            self._on_held(held)
        if ready:
            self._dispatcher.arrived(ready)
        return admitted.receipts

    async def _recognise(
        self,
        tasks: Sequence[NewTask],
        answers: Sequence[Submitted],
        sent: Mapping[str, v1.TaskSubmit],
    ) -> list[Submitted]:
        """Take for known what differs only in what it was filled with.

        A submit must be safe to repeat, also when a worker registered the task with
        other defaults since.
        """
        refused = [one.id for one in answers if one.fate is Fate.CONFLICT]
        records = iter(await self._storage.get(refused))
        recognised = []
        for task, answer in zip(tasks, answers, strict=True):
            fate = answer.fate
            if fate is Fate.CONFLICT:
                record = next(records)
                if record is not None and _is_same(task, sent.get(task.id), record):
                    fate = Fate.EXISTING
            recognised.append(replace(answer, fate=fate))
        return recognised

    def _stored(
        self,
        task: NewTask,
        answer: Submitted,
        ready: dict[Lane, int],
        created: dict[Lane, int],
    ) -> None:
        if answer.fate is Fate.CREATED:
            created[task.lane] = created.get(task.lane, 0) + 1
            if task.watched:
                self._tell(task, answer)
        if answer.state is State.NEW:
            ready[task.lane] = ready.get(task.lane, 0) + 1
        elif answer.state is State.SCHEDULED and answer.due:
            self._on_due(max(0.0, answer.due - answer.time))

    def _tell(self, task: NewTask, answer: Submitted) -> None:
        if not self._notifier.follows_all(task.id) and answer.state is not State.CANCEL:
            return
        if answer.seq != 1:
            self._notifier.touch([task.id])
            return
        record = TaskRecord(
            id=task.id,
            lane=task.lane,
            spec=task.spec,
            state=answer.state,
            due=answer.due,
        )
        entry = HistoryEntry(1, answer.time, answer.state, 0)
        self._notifier.publish(task.id, [state_event(record, entry)])


def _is_same(task: NewTask, sent: v1.TaskSubmit | None, record: TaskRecord) -> bool:
    if sent is None:
        sent = v1.TaskSubmit.FromString(task.spec)
        if sent.queue == DEFAULT_QUEUE:
            sent.ClearField("queue")  # maybe it was sent without one
    return is_same(sent, v1.TaskSubmit.FromString(record.spec))
