"""Chains, groups and chords: what a flow is made of, not submitted yet."""

from collections.abc import Iterable
from typing import Any, Literal, Protocol, overload
from uuid import uuid4

from qtasks.errors import InvalidField, SubmitRefused, WrongColour
from qtasks.flow.handles import FlowClient, FlowHandle, SyncFlowClient, SyncFlowHandle
from qtasks.flow.plan import Ends, OnFailure, Plan, refuse_empty
from qtasks.handle import TaskHandle
from qtasks.schemas import Task
from qtasks.task import TaskCall
from qtasks.task.registered import AsyncTaskCall, SyncTaskCall

Shape = Literal["chain", "group"]


class Client(FlowClient, Protocol):
    """What a flow asks of its app."""

    async def add_tasks(self, calls: Iterable[TaskCall[Any]]) -> list[TaskHandle[Any]]:
        """Submit many calls together."""


class Flow:
    """Tasks that depend on one another, not submitted yet.

    Args:
        shape: `chain`: one after the other; `group`: side by side.
        parts: Calls (`task(...)`) and flows.
        on_failure: What becomes of a part when one that it waits for did not succeed.
        chunked: Whether each task's result is a list that is a part of the whole.
    """

    def __init__(
        self,
        shape: Shape,
        parts: Iterable["TaskCall[Any] | Flow"],
        *,
        on_failure: OnFailure = "cancel",
        chunked: bool = False,
    ) -> None:
        self.shape = shape
        self.parts = tuple(parts)
        self.on_failure = on_failure
        self.chunked = chunked
        refuse_empty(self.parts, shape)

    def plan(self, label: str = "") -> tuple[Plan, Ends]:
        """Its tasks in order, and those whose ends are its end."""
        plan = Plan(label or str(uuid4()))
        return plan, self._add_to(plan, Ends(), self.on_failure)

    def _add_to(self, plan: Plan, after: Ends, on_failure: OnFailure) -> Ends:
        if self.shape == "chain":
            for part in self.parts:
                after = _add(plan, part, after, on_failure)
                on_failure = self.on_failure
            return after
        ends = [_add(plan, part, after, on_failure).ids for part in self.parts]
        return Ends(tuple(task_id for ids in ends for task_id in ids), many=True)

    def clients(self) -> set[Any]:
        """The apps of its tasks."""
        found: set[Any] = set()
        for part in self.parts:
            if isinstance(part, Flow):
                found |= part.clients()
            elif isinstance(part, AsyncTaskCall | SyncTaskCall):
                found.add(part.client)
        return found

    def client(self) -> Any:
        """The app it is submitted through; raises `InvalidField` when there are two."""
        clients = self.clients()
        if len(clients) > 1:
            raise InvalidField("the tasks of a flow must be of one app", field="app")
        return clients.pop()


class AsyncFlow(Flow):
    """A flow, seen from asynchronous code."""

    async def add_task(self, *, group: str = "") -> FlowHandle:
        """Submit it: stored as a whole when this returns.

        Args:
            group: Labels its tasks; a new label is made when none is given.

        Raises:
            SubmitRefused: some of its tasks were refused; the others are cancelled.
        """
        handle: FlowHandle = await submit(self, self.client(), group)
        return handle

    async def get(self, timeout: float = 50.0) -> list[Task | None]:
        """Submit it and wait: its tasks, `None` for those that did not end in time."""
        return await (await self.add_task()).get(timeout)


class SyncFlow(Flow):
    """A flow, seen from synchronous code."""

    def add_task(self, *, group: str = "") -> SyncFlowHandle:
        """Submit it: stored as a whole when this returns.

        Args:
            group: Labels its tasks; a new label is made when none is given.

        Raises:
            SubmitRefused: some of its tasks were refused; the others are cancelled.
        """
        client: SyncFlowClient = self.client()
        handle = client.call(submit, self, client.origin, group)
        return SyncFlowHandle(client, handle)

    def get(self, timeout: float = 50.0) -> list[Task | None]:
        """Submit it and wait: its tasks, `None` for those that did not end in time."""
        return self.add_task().get(timeout)


async def submit(flow: Flow, client: Client, label: str = "") -> FlowHandle:
    """Submit a flow through an asynchronous app."""
    plan, ends = flow.plan(label)
    try:
        tasks = await client.add_tasks(plan.calls)
    except SubmitRefused as refused:
        stored = [one.uuid for one in refused.stored if isinstance(one, Task)]
        await client.cancel_many(stored, "the flow it belongs to was refused")
        raise
    return FlowHandle(client, plan, ends, tasks, chunked=flow.chunked)


def _add(
    plan: Plan, part: "TaskCall[Any] | Flow", after: Ends, on_failure: OnFailure
) -> Ends:
    if isinstance(part, Flow):
        return part._add_to(plan, after, on_failure)  # noqa: SLF001  # a flow as well
    return plan.add_call(part, after, on_failure)


# -- making them ------------------------------------------------------------------------


def face(parts: Iterable[Any]) -> tuple[type[AsyncFlow] | type[SyncFlow], list[Any]]:
    """The kind of flow for parts of one colour.

    Raises:
        InvalidField: a part is neither a call of a task nor a flow.
        WrongColour: the parts are of both colours.
    """
    listed = list(parts)
    for one in listed:
        if not isinstance(one, AsyncTaskCall | SyncTaskCall | Flow):
            what = getattr(one, "task_name", None) or type(one).__name__
            raise InvalidField(
                f"a flow is made of calls, `task(...)`, and flows; not of {what!r}",
                field="flow",
            )
    awaited = [isinstance(one, AsyncTaskCall | AsyncFlow) for one in listed]
    if any(awaited) and not all(awaited):
        raise WrongColour("the tasks of a flow must be all of an async or a sync app")
    return AsyncFlow if all(awaited) and awaited else SyncFlow, listed


@overload
def chain(
    *parts: AsyncTaskCall[Any] | AsyncFlow, on_failure: OnFailure = "cancel"
) -> AsyncFlow: ...


@overload
def chain(
    *parts: SyncTaskCall[Any] | SyncFlow, on_failure: OnFailure = "cancel"
) -> SyncFlow: ...


def chain(*parts: Any, on_failure: OnFailure = "cancel") -> Any:
    """Tasks and flows one after the other, each given the result of the one before."""
    kind, listed = face(parts)
    return kind("chain", listed, on_failure=on_failure)


@overload
def group(
    *parts: AsyncTaskCall[Any] | AsyncFlow | Iterable[AsyncTaskCall[Any] | AsyncFlow],
) -> AsyncFlow: ...


@overload
def group(
    *parts: SyncTaskCall[Any] | SyncFlow | Iterable[SyncTaskCall[Any] | SyncFlow],
) -> SyncFlow: ...


def group(*parts: Any) -> Any:
    """Tasks and flows side by side; one iterable of them works as well."""
    if len(parts) == 1 and not isinstance(parts[0], TaskCall | Flow):
        parts = tuple(parts[0])
    kind, listed = face(parts)
    return kind("group", listed)


@overload
def chord(
    members: AsyncFlow | Iterable[AsyncTaskCall[Any] | AsyncFlow],
    callback: AsyncTaskCall[Any] | AsyncFlow,
    *,
    on_failure: OnFailure = "cancel",
) -> AsyncFlow: ...


@overload
def chord(
    members: SyncFlow | Iterable[SyncTaskCall[Any] | SyncFlow],
    callback: SyncTaskCall[Any] | SyncFlow,
    *,
    on_failure: OnFailure = "cancel",
) -> SyncFlow: ...


def chord(members: Any, callback: Any, *, on_failure: OnFailure = "cancel") -> Any:
    """A task, or flow, that gets the list of the results of a group once it has ended."""
    head: Any = members if isinstance(members, Flow) else group(members)
    return chain(head, callback, on_failure=on_failure)
