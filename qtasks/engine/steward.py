"""Steward: the calls that steer tasks and queues."""

from collections.abc import Callable, Sequence

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import MAX_REASON, check_name
from qtasks.core.records import Change, Moved, Refusal, Token
from qtasks.core.signals import AnswerSignal, CancelSignal
from qtasks.core.states import State
from qtasks.engine.admission import DEFAULT_APP, check_id, check_seconds
from qtasks.engine.events import WIRE_STATES
from qtasks.engine.outages import Outages
from qtasks.engine.session import WorkerSession
from qtasks.engine.settings import MAX_BATCH, EngineSettings
from qtasks.engine.submitter import ErrorItem
from qtasks.errors import (
    AskAnswered,
    AskNotFound,
    InvalidField,
    PayloadTooLarge,
    QtasksError,
    TaskEnded,
    TaskNotEnded,
    TaskNotFound,
    TaskRunning,
    TooMany,
)

REFUSALS: dict[Refusal, type[QtasksError]] = {
    Refusal.NOT_FOUND: TaskNotFound,
    Refusal.RUNNING: TaskRunning,
    Refusal.ENDED: TaskEnded,
    Refusal.NOT_ENDED: TaskNotEnded,
    Refusal.ASK_NOT_FOUND: AskNotFound,
    Refusal.ASK_ANSWERED: AskAnswered,
}

PURGED_AT_ONCE = 1000


class Steward:
    """The calls that steer tasks and queues.

    Args:
        storage: Where they are.
        sessions: The sessions connected here, by id.
        settings: Limits.
        outages: Notes when the storage fails.
        item_error: Writes the error of one task.
        on_changes: Told which tasks were moved.
    """

    def __init__(
        self,
        storage: Storage,
        sessions: dict[str, WorkerSession],
        settings: EngineSettings,
        *,
        outages: Outages,
        item_error: ErrorItem,
        on_changes: Callable[[list[Change]], None],
    ) -> None:
        self._storage = storage
        self._sessions = sessions
        self._settings = settings
        self._outages = outages
        self._item_error = item_error
        self._on_changes = on_changes

    # -- tasks ------------------------------------------------------------------------

    async def cancel(self, request: v1.CancelRequest) -> v1.CancelResponse:
        """End tasks."""
        ids, bad = self._valid(request.ids)
        reason = request.reason[:MAX_REASON] or "cancelled by a client"
        moved = await self.end(ids, reason)
        return v1.CancelResponse(results=self._results(request.ids, moved, bad))

    async def end(self, ids: Sequence[str], reason: str) -> Sequence[Moved]:
        """Cancel waiting tasks, and tell the workers of running ones to stop."""
        event = v1.TaskEvent(cancel_requested=v1.CancelRequested(reason=reason))
        chunk = v1.EventChunk(events=[event]).SerializeToString()
        with self._outages.noted():
            moved = await self._storage.cancel(ids, reason, chunk)
        for one in moved:
            if one.refusal is None and one.state is State.PROCESS:
                signal = CancelSignal(one.session, Token(one.id, one.lease), reason)
                if not self.pass_on(signal):
                    await self._storage.publish(signal)
        self._moved(moved)
        return moved

    async def reply(self, request: v1.ReplyRequest) -> v1.ReplyResponse:
        """Answer a question of a running task."""
        check_id(request.id)
        check_name(request.ask_id, "ask_id")
        size = request.value.ByteSize()
        if size > self._settings.max_event:
            raise PayloadTooLarge(
                f"value has {size} bytes, more than {self._settings.max_event}",
                field="value",
            )
        answered = v1.Answered(ask_id=request.ask_id, value=request.value)
        chunk = v1.EventChunk(events=[v1.TaskEvent(answered=answered)])
        value = request.value.SerializeToString()
        with self._outages.noted():
            moved = await self._storage.answer(
                request.id, request.ask_id, value, chunk.SerializeToString()
            )
        if moved.refusal is not None:
            raise REFUSALS[moved.refusal](task_id=request.id, ask_id=request.ask_id)
        token = Token(moved.id, moved.lease)
        signal = AnswerSignal(moved.session, token, request.ask_id, value)
        if not self.pass_on(signal):
            await self._storage.publish(signal)
        self._moved([moved])
        return v1.ReplyResponse(seq=moved.seq)

    def pass_on(self, signal: CancelSignal | AnswerSignal) -> bool:
        """Tell the worker concerned, if it is connected here."""
        session = self._sessions.get(signal.session)
        if session is None:
            return False
        if isinstance(signal, CancelSignal):
            session.cancel(signal.token, signal.reason)
        else:
            session.answer(signal.token, signal.ask_id, signal.value)
        return True

    async def requeue(self, request: v1.RequeueRequest) -> v1.RequeueResponse:
        """Run ended tasks again."""
        ids, bad = self._valid(request.ids)
        with self._outages.noted():
            moved = await self._storage.requeue(ids)
        self._moved(moved)
        return v1.RequeueResponse(results=self._results(request.ids, moved, bad))

    async def keep(self, request: v1.KeepRequest) -> v1.KeepResponse:
        """Keep the records of ended tasks for another time."""
        if not request.HasField("keep_result"):
            raise InvalidField("keep_result must be set", field="keep_result")
        seconds = check_seconds(request.keep_result, "keep_result")
        ids, bad = self._valid(request.ids)
        with self._outages.noted():
            moved = await self._storage.keep(ids, seconds)
        return v1.KeepResponse(results=self._results(request.ids, moved, bad))

    async def delete(self, request: v1.DeleteRequest) -> v1.DeleteResponse:
        """Forget tasks that are not running."""
        ids, bad = self._valid(request.ids)
        with self._outages.noted():
            moved = await self._storage.delete(ids)
        # The state is where it stood: nothing to place, only followers to tell.
        self._on_changes(
            [
                Change(one.id, one.lane, State.CANCEL, one.seq)
                for one in moved
                if one.refusal is None
            ]
        )
        return v1.DeleteResponse(results=self._results(request.ids, moved, bad))

    def _moved(self, moved: Sequence[Moved]) -> None:
        self._on_changes(
            [
                Change(one.id, one.lane, one.state, one.seq)
                for one in moved
                if one.refusal is None
            ]
        )

    def _valid(self, ids: Sequence[str]) -> tuple[list[str], dict[str, v1.ItemError]]:
        """The ids that can be looked up, and errors for those that can't."""
        if len(ids) > MAX_BATCH:
            raise TooMany(
                f"ids has {len(ids)} entries, more than {MAX_BATCH}", field="ids"
            )
        valid = []
        bad = {}
        for place, task_id in enumerate(ids):
            try:
                valid.append(check_id(task_id, f"ids[{place}]"))
            except InvalidField as error:
                bad[task_id] = self._item_error(error)
        return valid, bad

    def _results(
        self,
        ids: Sequence[str],
        moved: Sequence[Moved],
        bad: dict[str, v1.ItemError],
    ) -> list[v1.ItemResult]:
        rest = iter(moved)
        results = []
        for task_id in ids:
            if task_id in bad:
                results.append(v1.ItemResult(id=task_id, error=bad[task_id]))
                continue
            one = next(rest)
            if one.refusal is None:
                state = WIRE_STATES[one.state]
                results.append(v1.ItemResult(id=task_id, state=state))
            else:
                error = self._item_error(REFUSALS[one.refusal](task_id=task_id))
                results.append(v1.ItemResult(id=task_id, error=error))
        return results

    # -- queues -----------------------------------------------------------------------

    async def pause(self, app: str, name: str) -> None:
        """Give out no more tasks of a queue."""
        await self._storage.pause(
            app or DEFAULT_APP, check_name(name, "name"), paused=True
        )

    async def resume(self, app: str, name: str) -> None:
        """Give out tasks of a queue again."""
        await self._storage.pause(
            app or DEFAULT_APP, check_name(name, "name"), paused=False
        )

    async def purge(self, app: str, name: str) -> int:
        """Cancel what waits in a queue; how many tasks that were."""
        check_name(name, "name")
        cancelled = 0
        while True:
            with self._outages.noted():
                changes = await self._storage.purge(
                    app or DEFAULT_APP, name, PURGED_AT_ONCE, "purged"
                )
            cancelled += len(changes)
            self._on_changes(changes)
            if len(changes) < PURGED_AT_ONCE:
                return cancelled
