"""The broker contract: what clients and workers talk to.

One contract serves three uses: `LocalBroker` is the engine in this process,
`GrpcBroker` the same over the wire, and the broker service a skin over any of them. So
its language is the wire's: every call takes the request message of its RPC and returns
the response message. The comments in `proto/qtasks/v1` say what each promises.

Failures are `QtasksError`s: the same class from every implementation. Items of a batch
fail alone, in an `ItemError` of the response.

A broker belongs to the event loop it was entered in. Once it was left it may be entered
again, in any loop; so may a copy of it that a forked process got.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from qtasks import v1
from qtasks.abc.component import Component


class WorkerChannel(Protocol):
    """One worker stream, seen from the worker."""

    async def send(self, frame: v1.ConnectRequest) -> None:
        """Send a frame; returns when the next one may be sent.

        Raises what `receive` raises once the stream is over.
        """

    async def receive(self) -> v1.ConnectResponse:
        """Everything the broker has to say, as soon as there is something.

        Raises `BrokerUnavailable` or `BrokerDraining` when the stream is over and the
        worker should connect again, and `WorkerIdInUse`, `ProtocolMismatch`,
        `ProtocolViolation` or `InvalidField` when it was refused.
        """


class Subscription(Protocol):
    """One `Subscribe` stream, seen from the client."""

    async def send(self, request: v1.SubscribeRequest) -> None:
        """Change what is followed."""

    async def receive(self) -> v1.SubscribeResponse:
        """Everything that happened, as soon as there is something.

        Raises `BrokerUnavailable` when the stream is over; open another and add what
        is still followed, from the last number seen.
        """


class Broker(Component, ABC):
    """What clients and workers talk to.

    An async context manager: entered when it is ready for use.
    """

    component: ClassVar[str] = "broker"
    storage: Any = None
    """Where its tasks live, as far as this process can reach it."""

    def parts(self) -> Mapping[str, Component | None]:
        """The storage."""
        return {"storage": self.storage}

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Start."""

    @abstractmethod
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop what runs and let go of everything."""

    # -- TaskService ------------------------------------------------------------

    @abstractmethod
    async def submit(self, request: v1.SubmitRequest) -> v1.SubmitResponse:
        """Store tasks."""

    @abstractmethod
    def run(
        self, request: v1.RunRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.RunResponse]]:
        """Submit one task and follow it to its end."""

    @abstractmethod
    async def get(self, request: v1.GetRequest) -> v1.GetResponse:
        """Say how a task stands; raises `TaskNotFound`."""

    @abstractmethod
    async def explain(self, request: v1.ExplainRequest) -> v1.ExplainResponse:
        """Say why a task does not run; raises `TaskNotFound`."""

    @abstractmethod
    async def list(self, request: v1.ListRequest) -> v1.ListResponse:
        """Find tasks."""

    @abstractmethod
    def watch(
        self, request: v1.WatchRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchResponse]]:
        """Follow a task from a sequence number; iterating raises `TaskNotFound`."""

    @abstractmethod
    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        """Follow many tasks over one stream."""

    @abstractmethod
    async def cancel(self, request: v1.CancelRequest) -> v1.CancelResponse:
        """End tasks."""

    @abstractmethod
    async def reply(self, request: v1.ReplyRequest) -> v1.ReplyResponse:
        """Answer a question; raises `TaskNotFound`, `AskNotFound`, `AskAnswered`."""

    @abstractmethod
    async def requeue(self, request: v1.RequeueRequest) -> v1.RequeueResponse:
        """Run ended tasks again."""

    @abstractmethod
    async def keep(self, request: v1.KeepRequest) -> v1.KeepResponse:
        """Keep the records of ended tasks for another time; raises `OutOfRange`."""

    @abstractmethod
    async def delete(self, request: v1.DeleteRequest) -> v1.DeleteResponse:
        """Forget tasks."""

    @abstractmethod
    async def flush(self, request: v1.FlushRequest) -> v1.FlushResponse:
        """Forget everything of an app but its workers."""

    # -- WorkerService ----------------------------------------------------------

    @abstractmethod
    def connect(self) -> AbstractAsyncContextManager[WorkerChannel]:
        """Open a worker stream; the first frame sent must carry `hello`."""

    @abstractmethod
    async def drain_worker(
        self, request: v1.DrainWorkerRequest
    ) -> v1.DrainWorkerResponse:
        """Let a worker take no more tasks and leave; raises `WorkerNotFound`."""

    # -- QueueService -----------------------------------------------------------

    @abstractmethod
    async def list_queues(self, request: v1.ListQueuesRequest) -> v1.ListQueuesResponse:
        """Describe the queues of an app."""

    @abstractmethod
    async def pause_queue(self, request: v1.PauseQueueRequest) -> v1.PauseQueueResponse:
        """Give out no more tasks of a queue."""

    @abstractmethod
    async def resume_queue(
        self, request: v1.ResumeQueueRequest
    ) -> v1.ResumeQueueResponse:
        """Give out tasks again."""

    @abstractmethod
    async def purge_queue(self, request: v1.PurgeQueueRequest) -> v1.PurgeQueueResponse:
        """Cancel what waits in a queue."""

    # -- ScheduleService --------------------------------------------------------

    @abstractmethod
    async def create_schedule(
        self, request: v1.CreateScheduleRequest
    ) -> v1.CreateScheduleResponse:
        """Keep a schedule; raises `ScheduleExists`."""

    @abstractmethod
    async def get_schedule(
        self, request: v1.GetScheduleRequest
    ) -> v1.GetScheduleResponse:
        """Describe a schedule; raises `ScheduleNotFound`."""

    @abstractmethod
    async def list_schedules(
        self, request: v1.ListSchedulesRequest
    ) -> v1.ListSchedulesResponse:
        """Describe the schedules of an app."""

    @abstractmethod
    async def pause_schedule(
        self, request: v1.PauseScheduleRequest
    ) -> v1.PauseScheduleResponse:
        """Let a schedule fire no more; raises `ScheduleNotFound`."""

    @abstractmethod
    async def resume_schedule(
        self, request: v1.ResumeScheduleRequest
    ) -> v1.ResumeScheduleResponse:
        """Let a schedule fire again; raises `ScheduleNotFound`."""

    @abstractmethod
    async def delete_schedule(
        self, request: v1.DeleteScheduleRequest
    ) -> v1.DeleteScheduleResponse:
        """Forget a schedule; raises `ScheduleNotFound`."""

    @abstractmethod
    async def run_schedule(
        self, request: v1.RunScheduleRequest
    ) -> v1.RunScheduleResponse:
        """Submit a schedule's task now; raises `ScheduleNotFound`."""

    # -- VariableService --------------------------------------------------------

    @abstractmethod
    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        """Give the values of a space."""

    @abstractmethod
    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        """Set and remove values; raises `PayloadTooLarge`, `TooMany`."""

    @abstractmethod
    async def swap_variable(
        self, request: v1.SwapVariableRequest
    ) -> v1.SwapVariableResponse:
        """Set a value if it is what is expected; raises `PayloadTooLarge`.

        When `BrokerUnavailable` is raised it may have been set or not.
        """

    # -- StatsService -----------------------------------------------------------

    @abstractmethod
    async def get_stats(self, request: v1.GetStatsRequest) -> v1.GetStatsResponse:
        """Give the figures of an app."""

    @abstractmethod
    def watch_stats(
        self, request: v1.WatchStatsRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[v1.WatchStatsResponse]]:
        """Give the figures of an app again and again; iterating raises `OutOfRange`."""

    @abstractmethod
    async def list_workers(
        self, request: v1.ListWorkersRequest
    ) -> v1.ListWorkersResponse:
        """Describe the live workers of an app."""

    @abstractmethod
    async def inspect_app(self, request: v1.InspectAppRequest) -> v1.InspectAppResponse:
        """Say what is known of an app."""

    @abstractmethod
    async def inspect_task(
        self, request: v1.InspectTaskRequest
    ) -> v1.InspectTaskResponse:
        """Say what is known of a task; raises `TaskNameUnknown`."""

    @abstractmethod
    async def inspect_tasks(
        self, request: v1.InspectTasksRequest
    ) -> v1.InspectTasksResponse:
        """Say what is known of tasks."""
