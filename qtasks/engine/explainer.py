"""Explainer: why a task does not run, or what it does.

Everything is asked of the storage, so any broker says the same. The answers are a moment
apart: a task may have moved on meanwhile, as it may before anybody reads them.
"""

from collections.abc import Sequence

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import TaskRecord
from qtasks.core.states import State
from qtasks.engine import reasons
from qtasks.engine.admission import check_id
from qtasks.engine.events import status_of
from qtasks.engine.registry import Registry
from qtasks.engine.watcher import not_found
from qtasks.spelling import nearest

LOOKED_AT = 64
"""Records looked at in one call."""


class Explainer:
    """Says why a task does not run.

    Args:
        storage: Where everything is.
        registry: Who serves what.
    """

    def __init__(self, storage: Storage, registry: Registry) -> None:
        self._storage = storage
        self._registry = registry

    async def explain(self, request: v1.ExplainRequest) -> v1.ExplainResponse:
        """All that holds, the most decisive first; raises `TaskNotFound`."""
        check_id(request.id)
        (record,) = await self._storage.get([request.id])
        if record is None:
            raise not_found(request.id)
        task = v1.TaskSubmit.FromString(record.spec)
        answer = v1.ExplainResponse(status=status_of(record, task))
        if record.state.ended:
            answer.reasons.append(reasons.ended(record, answer.status))
        elif record.state is State.PROCESS:
            answer.reasons.append(await self._leased(record))
        else:
            answer.reasons.extend(await self._waits_for(record, task))
            answer.status.unserved = any(
                reason.HasField("unserved") for reason in answer.reasons
            )
        return answer

    async def _leased(self, record: TaskRecord) -> v1.Reason:
        for session in await self._storage.sessions(record.lane.app):
            if session.id == record.session:
                return reasons.leased(record, session.expires)
        return reasons.leased(record, 0.0)

    async def _waits_for(
        self, record: TaskRecord, task: v1.TaskSubmit
    ) -> list[v1.Reason]:
        """Why a task is with no worker, and what will hold it up later."""
        found = []
        if record.held:
            waiting = await self._not_ended(task.after.task_ids)
            found.append(reasons.dependencies(waiting, len(task.after.task_ids)))
        elif record.due:
            found.append(reasons.starts_later(record, await self._storage.now()))
        if await self._is_paused(record):
            found.append(reasons.queue_paused(record.lane))
        workers = [
            worker
            for worker in await self._registry.workers(record.lane.app)
            if not worker.draining
        ]
        serving = [
            worker
            for worker in workers
            if record.lane.queue in worker.queues and record.lane.name in worker.tasks
        ]
        if not serving:
            found.append(await self._unserved(record, workers))
        if record.state is State.NEW:
            found += await self._in_line(record, serving)
        return found or [reasons.ready(len(serving))]

    async def _not_ended(self, ids: Sequence[str]) -> list[str]:
        """Of the tasks that one waits for, those that are there and have not ended."""
        waiting = []
        for first in range(0, len(ids), LOOKED_AT):
            found = await self._storage.get(ids[first : first + LOOKED_AT])
            waiting += [one.id for one in found if one and not one.state.ended]
        return waiting

    async def _is_paused(self, record: TaskRecord) -> bool:
        queues = await self._storage.queues(record.lane.app)
        return any(one.paused for one in queues if one.queue == record.lane.queue)

    async def _unserved(
        self, record: TaskRecord, workers: Sequence[v1.WorkerStatus]
    ) -> v1.Reason:
        name = record.lane.name
        known = await self._registry.encoded(record.lane.app)
        serving = (worker.queues for worker in workers if name in worker.tasks)
        return reasons.unserved(
            record.lane,
            registered=name in known,
            served=sorted({queue for queues in serving for queue in queues}),
            similar="" if name in known else nearest(name, known),
        )

    async def _in_line(
        self, record: TaskRecord, serving: Sequence[v1.WorkerStatus]
    ) -> list[v1.Reason]:
        """What a ready task waits for, besides a worker that serves it."""
        found = []
        if serving and all(0 < worker.slots <= worker.running for worker in serving):
            found.append(reasons.workers_busy(serving))
        names = {record.lane.name}.union(*(worker.tasks for worker in serving))
        ahead = await self._storage.ahead(record, names)
        if ahead.tasks:
            found.append(reasons.behind(record.lane, ahead))
        return found
