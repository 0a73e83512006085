"""GrpcBroker: the broker contract over the wire, to a broker service."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

import grpc

from qtasks import v1
from qtasks.abc.broker import Broker, Subscription, WorkerChannel
from qtasks.access import Access
from qtasks.brokers.remote import RemoteStorage
from qtasks.engine.admission import new_id
from qtasks.errors import BrokerUnavailable, DeadlineExceeded
from qtasks.transport.calls import duplex, reading, unary
from qtasks.transport.channel import open_channel, target_of, tells_others
from qtasks.transport.secure import Carrying
from qtasks.v1.queue_service_pb2_grpc import QueueServiceStub
from qtasks.v1.schedule_service_pb2_grpc import ScheduleServiceStub
from qtasks.v1.stats_service_pb2_grpc import StatsServiceStub
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from qtasks.v1.variable_service_pb2_grpc import VariableServiceStub
from qtasks.v1.worker_service_pb2_grpc import WorkerServiceStub

logger = logging.getLogger(__name__)

DEFAULT_URL = "grpc://127.0.0.1:50051"
REPLY_WITHIN = 5.0
"""Seconds a reply may wait for a broker to be there, and be stored."""


class GrpcBroker(Broker):
    """The broker contract over the wire.

    Connects when it is first used. While no broker answers, calls raise
    `BrokerUnavailable`: after about two seconds of trying where a call may be repeated,
    else at once. Tasks without an id are given one before they are sent, so that a submit
    may be repeated.

    Args:
        url: `grpc://HOST:PORT`, or what else `qtasks.transport.channel.target_of` reads.
        access: The token, and the files for TLS; those of the environment if not given.

    Raises:
        SettingsError: the url can't be read.
    """

    def __init__(self, url: str = DEFAULT_URL, access: Access | None = None) -> None:
        target_of(url)
        self.url = url
        self.access = access or Access.from_environment()
        self.storage = RemoteStorage()
        self._channel: grpc.aio.Channel | None = None

    async def __aenter__(self) -> Self:
        token = self.access.bearer()
        self._channel = open_channel(self.url, self.access)
        calls: Any = Carrying(self._channel, token) if token else self._channel
        if token and tells_others(self.url):
            logger.warning("token travels in plain text", extra={"url": self.url})
        self._tasks = TaskServiceStub(calls)
        self._workers = WorkerServiceStub(calls)
        self._queues = QueueServiceStub(calls)
        self._schedules = ScheduleServiceStub(calls)
        self._stats = StatsServiceStub(calls)
        self._variables = VariableServiceStub(calls)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        channel, self._channel = self._channel, None
        if channel is None:
            raise BrokerUnavailable("the broker was not entered")
        await channel.close()

    # -- TaskService -----------------------------------------------------------------

    async def submit(self, request: v1.SubmitRequest) -> v1.SubmitResponse:
        for task in request.tasks:
            if not task.id:
                task.id = new_id()
        return await unary(self._tasks.Submit(request))

    def run(
        self, request: v1.RunRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.RunResponse]]:
        if not request.task.id:
            request.task.id = new_id()
        return reading(self._tasks.Run(request))

    async def get(self, request: v1.GetRequest) -> v1.GetResponse:
        return await unary(self._tasks.Get(request))

    async def explain(self, request: v1.ExplainRequest) -> v1.ExplainResponse:
        return await unary(self._tasks.Explain(request))

    async def list(self, request: v1.ListRequest) -> v1.ListResponse:
        return await unary(self._tasks.List(request))

    def watch(
        self, request: v1.WatchRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchResponse]]:
        return reading(self._tasks.Watch(request))

    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        return duplex(self._tasks.Subscribe())

    async def cancel(self, request: v1.CancelRequest) -> v1.CancelResponse:
        return await unary(self._tasks.Cancel(request))

    async def reply(self, request: v1.ReplyRequest) -> v1.ReplyResponse:
        # An answer counts once, so gRPC must not repeat it: it waits before it is sent.
        call = self._tasks.Reply(request, wait_for_ready=True, timeout=REPLY_WITHIN)
        try:
            return await unary(call)
        except DeadlineExceeded as error:
            raise BrokerUnavailable from error

    async def requeue(self, request: v1.RequeueRequest) -> v1.RequeueResponse:
        return await unary(self._tasks.Requeue(request))

    async def keep(self, request: v1.KeepRequest) -> v1.KeepResponse:
        return await unary(self._tasks.Keep(request))

    async def delete(self, request: v1.DeleteRequest) -> v1.DeleteResponse:
        return await unary(self._tasks.Delete(request))

    async def flush(self, request: v1.FlushRequest) -> v1.FlushResponse:
        return await unary(self._tasks.Flush(request))

    # -- WorkerService -----------------------------------------------------------------

    def connect(self) -> AbstractAsyncContextManager[WorkerChannel]:
        return duplex(self._workers.Connect())

    async def drain_worker(
        self, request: v1.DrainWorkerRequest
    ) -> v1.DrainWorkerResponse:
        return await unary(self._workers.DrainWorker(request))

    # -- QueueService ------------------------------------------------------------------

    async def list_queues(self, request: v1.ListQueuesRequest) -> v1.ListQueuesResponse:
        return await unary(self._queues.ListQueues(request))

    async def pause_queue(self, request: v1.PauseQueueRequest) -> v1.PauseQueueResponse:
        return await unary(self._queues.PauseQueue(request))

    async def resume_queue(
        self, request: v1.ResumeQueueRequest
    ) -> v1.ResumeQueueResponse:
        return await unary(self._queues.ResumeQueue(request))

    async def purge_queue(self, request: v1.PurgeQueueRequest) -> v1.PurgeQueueResponse:
        return await unary(self._queues.PurgeQueue(request))

    # -- ScheduleService ---------------------------------------------------------------

    async def create_schedule(
        self, request: v1.CreateScheduleRequest
    ) -> v1.CreateScheduleResponse:
        return await unary(self._schedules.CreateSchedule(request))

    async def get_schedule(
        self, request: v1.GetScheduleRequest
    ) -> v1.GetScheduleResponse:
        return await unary(self._schedules.GetSchedule(request))

    async def list_schedules(
        self, request: v1.ListSchedulesRequest
    ) -> v1.ListSchedulesResponse:
        return await unary(self._schedules.ListSchedules(request))

    async def pause_schedule(
        self, request: v1.PauseScheduleRequest
    ) -> v1.PauseScheduleResponse:
        return await unary(self._schedules.PauseSchedule(request))

    async def resume_schedule(
        self, request: v1.ResumeScheduleRequest
    ) -> v1.ResumeScheduleResponse:
        return await unary(self._schedules.ResumeSchedule(request))

    async def delete_schedule(
        self, request: v1.DeleteScheduleRequest
    ) -> v1.DeleteScheduleResponse:
        return await unary(self._schedules.DeleteSchedule(request))

    async def run_schedule(
        self, request: v1.RunScheduleRequest
    ) -> v1.RunScheduleResponse:
        return await unary(self._schedules.RunSchedule(request))

    # -- VariableService ---------------------------------------------------------------

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        return await unary(self._variables.GetVariables(request))

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        return await unary(self._variables.SetVariables(request))

    async def swap_variable(
        self, request: v1.SwapVariableRequest
    ) -> v1.SwapVariableResponse:
        return await unary(self._variables.SwapVariable(request))

    # -- StatsService ------------------------------------------------------------------

    async def get_stats(self, request: v1.GetStatsRequest) -> v1.GetStatsResponse:
        return await unary(self._stats.GetStats(request))

    def watch_stats(
        self, request: v1.WatchStatsRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchStatsResponse]]:
        return reading(self._stats.WatchStats(request))

    async def list_workers(
        self, request: v1.ListWorkersRequest
    ) -> v1.ListWorkersResponse:
        return await unary(self._stats.ListWorkers(request))

    async def inspect_app(self, request: v1.InspectAppRequest) -> v1.InspectAppResponse:
        return await unary(self._stats.InspectApp(request))

    async def inspect_task(
        self, request: v1.InspectTaskRequest
    ) -> v1.InspectTaskResponse:
        return await unary(self._stats.InspectTask(request))

    async def inspect_tasks(
        self, request: v1.InspectTasksRequest
    ) -> v1.InspectTasksResponse:
        return await unary(self._stats.InspectTasks(request))
