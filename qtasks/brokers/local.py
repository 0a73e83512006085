"""LocalBroker: the engine in this process, over any storage."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

from qtasks import v1
from qtasks.abc.broker import Broker, Subscription, WorkerChannel
from qtasks.abc.component import expect
from qtasks.abc.storage import Storage
from qtasks.engine.engine import Engine
from qtasks.engine.gateway import WorkerStream
from qtasks.engine.settings import EngineSettings
from qtasks.transport.status import from_item, item_error


class LocalBroker(Broker):
    """The engine in this process.

    Args:
        storage: Where tasks live; entered and left with the broker.
        settings: Limits and lengths.
    """

    def __init__(
        self, storage: Storage, settings: EngineSettings | None = None
    ) -> None:
        self.storage = expect(storage, Storage, f"{type(self).__name__}(storage=)")  # type: ignore[type-abstract]
        self._settings = settings or EngineSettings()
        self.engine = self._new_engine()
        self._entered = False
        self._stack = AsyncExitStack()

    def _new_engine(self) -> Engine:
        return Engine(
            self.storage, self._settings, item_error=item_error, error_of=from_item
        )

    async def __aenter__(self) -> Self:
        if self._entered:
            # What an engine knows is of one stay in one loop.
            self.engine = self._new_engine()
        self._entered = True
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.storage)
            await stack.enter_async_context(self.engine)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(exc_type, exc, traceback)

    async def drain(self, grace: float) -> None:
        """Tell workers to leave, and wait until they have, at most `grace` seconds."""
        await self.engine.drain(grace)

    # -- TaskService -----------------------------------------------------------------

    async def submit(self, request: v1.SubmitRequest) -> v1.SubmitResponse:
        receipts = await self.engine.submitter.submit(request.tasks)
        return v1.SubmitResponse(receipts=receipts)

    def run(
        self, request: v1.RunRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.RunResponse]]:
        return self.engine.watcher.run(request)

    async def get(self, request: v1.GetRequest) -> v1.GetResponse:
        return await self.engine.inspector.get(request)

    async def explain(self, request: v1.ExplainRequest) -> v1.ExplainResponse:
        return await self.engine.explainer.explain(request)

    async def list(self, request: v1.ListRequest) -> v1.ListResponse:
        return await self.engine.inspector.find(request)

    def watch(
        self, request: v1.WatchRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchResponse]]:
        return self.engine.watcher.watch(request)

    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        return self.engine.watcher.subscribe()

    async def cancel(self, request: v1.CancelRequest) -> v1.CancelResponse:
        return await self.engine.steward.cancel(request)

    async def reply(self, request: v1.ReplyRequest) -> v1.ReplyResponse:
        return await self.engine.steward.reply(request)

    async def requeue(self, request: v1.RequeueRequest) -> v1.RequeueResponse:
        return await self.engine.steward.requeue(request)

    async def keep(self, request: v1.KeepRequest) -> v1.KeepResponse:
        return await self.engine.steward.keep(request)

    async def delete(self, request: v1.DeleteRequest) -> v1.DeleteResponse:
        return await self.engine.steward.delete(request)

    async def flush(self, request: v1.FlushRequest) -> v1.FlushResponse:
        return await self.engine.flusher.flush(request)

    # -- WorkerService -----------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[WorkerChannel]:
        async with WorkerStream(self.engine.gateway, self.engine.tasks) as stream:
            yield stream

    async def drain_worker(
        self, request: v1.DrainWorkerRequest
    ) -> v1.DrainWorkerResponse:
        return await self.engine.drainer.drain(request)

    # -- QueueService ------------------------------------------------------------------

    async def list_queues(self, request: v1.ListQueuesRequest) -> v1.ListQueuesResponse:
        queues = await self.engine.inspector.queues(request.app)
        return v1.ListQueuesResponse(queues=queues)

    async def pause_queue(self, request: v1.PauseQueueRequest) -> v1.PauseQueueResponse:
        await self.engine.steward.pause(request.app, request.name)
        queue = await self.engine.inspector.queue(request.app, request.name)
        return v1.PauseQueueResponse(queue=queue)

    async def resume_queue(
        self, request: v1.ResumeQueueRequest
    ) -> v1.ResumeQueueResponse:
        await self.engine.steward.resume(request.app, request.name)
        queue = await self.engine.inspector.queue(request.app, request.name)
        self.engine.place(queue)
        return v1.ResumeQueueResponse(queue=queue)

    async def purge_queue(self, request: v1.PurgeQueueRequest) -> v1.PurgeQueueResponse:
        cancelled = await self.engine.steward.purge(request.app, request.name)
        return v1.PurgeQueueResponse(cancelled=cancelled)

    # -- ScheduleService ---------------------------------------------------------------

    async def create_schedule(
        self, request: v1.CreateScheduleRequest
    ) -> v1.CreateScheduleResponse:
        schedule = await self.engine.schedules.create(request)
        return v1.CreateScheduleResponse(schedule=schedule)

    async def get_schedule(
        self, request: v1.GetScheduleRequest
    ) -> v1.GetScheduleResponse:
        schedule, upcoming = await self.engine.schedules.get(request)
        return v1.GetScheduleResponse(schedule=schedule, upcoming=upcoming)

    async def list_schedules(
        self, request: v1.ListSchedulesRequest
    ) -> v1.ListSchedulesResponse:
        schedules, token = await self.engine.schedules.find(
            request.app, request.page_token
        )
        return v1.ListSchedulesResponse(schedules=schedules, next_page_token=token)

    async def pause_schedule(
        self, request: v1.PauseScheduleRequest
    ) -> v1.PauseScheduleResponse:
        schedule = await self.engine.schedules.pause(request.app, request.name)
        return v1.PauseScheduleResponse(schedule=schedule)

    async def resume_schedule(
        self, request: v1.ResumeScheduleRequest
    ) -> v1.ResumeScheduleResponse:
        schedule = await self.engine.schedules.resume(request.app, request.name)
        return v1.ResumeScheduleResponse(schedule=schedule)

    async def delete_schedule(
        self, request: v1.DeleteScheduleRequest
    ) -> v1.DeleteScheduleResponse:
        await self.engine.schedules.delete(request.app, request.name)
        return v1.DeleteScheduleResponse()

    async def run_schedule(
        self, request: v1.RunScheduleRequest
    ) -> v1.RunScheduleResponse:
        task_id, schedule = await self.engine.schedules.submit(
            request.app, request.name
        )
        return v1.RunScheduleResponse(task_id=task_id, schedule=schedule)

    # -- VariableService ---------------------------------------------------------------

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        return await self.engine.variables.get_variables(request)

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        return await self.engine.variables.set_variables(request)

    async def swap_variable(
        self, request: v1.SwapVariableRequest
    ) -> v1.SwapVariableResponse:
        return await self.engine.variables.swap_variable(request)

    # -- StatsService ------------------------------------------------------------------

    async def get_stats(self, request: v1.GetStatsRequest) -> v1.GetStatsResponse:
        stats = await self.engine.observer.stats(request.app, details=request.details)
        return v1.GetStatsResponse(stats=stats)

    def watch_stats(
        self, request: v1.WatchStatsRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchStatsResponse]]:
        return self.engine.observer.watch(request)

    async def list_workers(
        self, request: v1.ListWorkersRequest
    ) -> v1.ListWorkersResponse:
        return await self.engine.observer.workers(request.app, request.page_token)

    async def inspect_app(self, request: v1.InspectAppRequest) -> v1.InspectAppResponse:
        return await self.engine.observer.app(request.app)

    async def inspect_task(
        self, request: v1.InspectTaskRequest
    ) -> v1.InspectTaskResponse:
        return await self.engine.observer.task(request.app, request.name)

    async def inspect_tasks(
        self, request: v1.InspectTasksRequest
    ) -> v1.InspectTasksResponse:
        return await self.engine.observer.tasks(
            request.app, request.names, request.page_token
        )
