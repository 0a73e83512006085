"""A task for each item, or for each chunk of items: `map`, `starmap` and `iter`."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, overload

from qtasks.errors import OutOfRange
from qtasks.flow.flows import AsyncFlow, SyncFlow, face
from qtasks.task import AsyncTask, SyncTask

AnyTask = AsyncTask[..., Any] | SyncTask[..., Any]


@overload
def starmap(
    task: AsyncTask[..., Any], items: Iterable[Sequence[Any]], *, chunk: int = 1
) -> AsyncFlow: ...


@overload
def starmap(
    task: SyncTask[..., Any], items: Iterable[Sequence[Any]], *, chunk: int = 1
) -> SyncFlow: ...


def starmap(task: Any, items: Iterable[Sequence[Any]], *, chunk: int = 1) -> Any:
    """A group of calls, one for each list of arguments.

    Args:
        task: The task.
        items: The lists of arguments.
        chunk: How many calls go into one task. For small calls: a task costs more than
            a function call. The items of a task run one after the other, and the first
            that fails fails it, and is tried again with it.

    Returns:
        A flow; the results of its handle are those of the calls, in order. What follows
        it in a chain gets a list for each task.

    Raises:
        OutOfRange: `chunk` is less than 1.
    """
    if chunk < 1:
        raise OutOfRange(f"chunk must be at least 1, not {chunk}", field="chunk")
    if chunk == 1:
        kind, calls = face(task(*arguments) for arguments in items)
        return kind("group", calls)
    kind, calls = face(_call_each(task, part) for part in _parts(items, chunk))
    return kind("group", calls, chunked=True)


@overload
def map(  # noqa: A001  # as Python names it
    task: AsyncTask[..., Any], items: Iterable[Any], *, chunk: int = 1
) -> AsyncFlow: ...


@overload
def map(  # noqa: A001
    task: SyncTask[..., Any], items: Iterable[Any], *, chunk: int = 1
) -> SyncFlow: ...


def map(task: Any, items: Iterable[Any], *, chunk: int = 1) -> Any:  # noqa: A001
    """A group of calls, one for each item; see `starmap`."""
    return starmap(task, ((item,) for item in items), chunk=chunk)


@overload
def iter(  # noqa: A001
    task: AsyncTask[..., Any], items: Iterable[Any], *, chunk: int = 1
) -> AsyncIterator[Any]: ...


@overload
def iter(  # noqa: A001
    task: SyncTask[..., Any], items: Iterable[Any], *, chunk: int = 1
) -> Iterator[Any]: ...


def iter(task: Any, items: Iterable[Any], *, chunk: int = 1) -> Any:  # noqa: A001
    """The results for all items, in order, each as soon as it is there.

    All tasks are submitted at the first step, so they run whoever goes on reading.
    """
    flow = map(task, items, chunk=chunk)
    return _iterated(flow) if isinstance(flow, AsyncFlow) else _stepped(flow)


async def _iterated(flow: AsyncFlow) -> AsyncIterator[Any]:
    handle = await flow.add_task()
    async for result in handle.results():
        yield result


def _stepped(flow: SyncFlow) -> Iterator[Any]:
    yield from flow.add_task().results()


def _parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    waiting = items.__iter__()
    while part := list(islice(waiting, size)):
        yield part


def _call_each(task: AnyTask, arguments: Sequence[Sequence[Any]]) -> Any:
    call = task(*(list(one) for one in arguments))
    call.each = True
    return call
