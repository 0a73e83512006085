"""Inline: tasks that run at once in the caller's thread, with `sync`.

The record is a real one: the task is submitted to a queue that only this process takes
from, its function called, and then leased and settled as by any worker.
"""

import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from qtasks import v1
from qtasks.client.ids import new_task_id
from qtasks.errors import Unserializable
from qtasks.task import SubmitOptions, TaskCall, TaskDefinition
from qtasks.tasks.options import Options
from qtasks.tasks.paths import imported, path_of
from qtasks.tasks.running import call_here, outcomes_of
from qtasks.tasks.stored import StoredRecords
from qtasks.tasks.submitting import submit
from qtasks.tasks.words import INLINE, ITERATE_INLINE
from qtasks.version import __version__

logger = logging.getLogger(__name__)

_ONE_AT_A_TIME: Final = threading.RLock()


class _Nesting:
    depth = 0
    """How many inline tasks this process is in; guarded by the lock."""


@contextmanager
def _own_queue() -> Iterator[str]:
    """A queue that nobody else takes from: an inline task may offload others inline."""
    with _ONE_AT_A_TIME:
        _Nesting.depth += 1
        try:
            yield f"inline-{socket.gethostname()}-{os.getpid()}-{_Nesting.depth}"
        finally:
            _Nesting.depth -= 1


def run_inline(
    app: Any,
    func: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    options: Options,
) -> str:
    """Call a function here and now, and store how it ended.

    Returns:
        The id of the task.
    """
    path = _path(func)
    call = (path, list(args), kwargs)
    return _run(
        app,
        INLINE,
        call,
        lambda: call_here(_function(app, func, path), args, kwargs),
        options,
    )


def iterate_inline(
    app: Any,
    func: Any,
    items: list[list[Any]],
    options: Options,
) -> str:
    """Call a function with each of these lists of arguments here and now.

    Returns:
        The id of the task, which is the label of its group too.
    """
    task_id = new_task_id()
    path = _path(func)
    grouped = options.over(options, group=options.group or task_id)
    return _run(
        app,
        ITERATE_INLINE,
        (path, items),
        lambda: outcomes_of(_function(app, func, path), items),
        grouped,
        task_id=task_id,
    )


def _path(func: Any) -> str:
    definition = getattr(func, "definition", None)
    return definition.name if isinstance(definition, TaskDefinition) else path_of(func)


def _function(app: Any, func: Any, path: str) -> Callable[..., Any]:
    if isinstance(func, str):
        registered = app.asyncio.registry.find(path)
        return imported(path) if registered is None else registered.func
    function: Callable[..., Any] = getattr(func, "func", func)
    return function


def _run(  # noqa: PLR0917  # all of a task
    app: Any,
    name: str,
    arguments: tuple[Any, ...],
    call: Callable[[], Any],
    options: Options,
    task_id: str = "",
) -> str:
    task_id = task_id or new_task_id()
    given = options.submit_options()
    given |= {"retry": 0, "task_uuid": task_id}
    given.pop("retry_backoff", None)
    with _own_queue() as queue:
        chosen = SubmitOptions(queue=queue, **given)
        submit(app, [TaskCall(name, arguments, {}, chosen)])
        settle, interrupt = _settlement(app, call)
        app.blocking.call(_settle, app.asyncio, task_id, name, queue, settle)
    if interrupt is not None:
        raise interrupt
    if options.hook is not None:
        _call_hook(app, options, task_id)
    return task_id


def _settlement(
    app: Any, call: Callable[[], Any]
) -> tuple[v1.Settle, BaseException | None]:
    """How a call ended, for now without its lease; what also ends the program, if so."""
    try:
        return v1.Settle(result=app.asyncio.serializer.encode(call())), None
    except BaseException as error:  # noqa: BLE001  # it is the task's outcome
        unreadable = isinstance(error, Unserializable)
        settle = v1.Settle(
            failure=v1.Failure(
                kind=type(error).__name__,
                message=str(error),
                traceback="".join(traceback.format_exception(error)),
                reason=v1.FAILURE_REASON_RESULT_INVALID
                if unreadable
                else v1.FAILURE_REASON_RAISED,
            )
        )
        return settle, None if isinstance(error, Exception) else error


async def _settle(
    app: Any, task_id: str, name: str, queue: str, settle: v1.Settle
) -> None:
    """Be a worker for as long as it takes to settle a task."""
    broker = (await app.home.open()).broker
    hello = v1.Hello(
        worker_id=f"inline-{task_id}",
        session=new_task_id(),
        app=app.name,
        language="python",
        sdk_version=__version__,
        protocol=v1.ProtocolVersion(major=1),
        queues=[queue],
        tasks=[v1.TaskInfo(name=name)],
        slots=1,
        credit=1,
        host=socket.gethostname(),
        pid=os.getpid(),
    )
    async with broker.connect() as channel:
        await channel.send(v1.ConnectRequest(hello=hello))
        frames = 0
        while True:
            frame = await channel.receive()
            for assign in frame.assigns:
                frames += 1
                ours = assign.task.id == task_id
                report = settle if ours else _orphaned()
                report.lease.CopyFrom(assign.lease)
                await channel.send(
                    v1.ConnectRequest(
                        frame=frames, settles=[report], credit=0 if ours else 1
                    )
                )
            if frames and frame.acked >= frames and settle.HasField("lease"):
                await channel.send(v1.ConnectRequest(goodbye=v1.Goodbye()))
                return


def _orphaned() -> v1.Settle:
    """The end of a task that a process of this number left behind."""
    return v1.Settle(
        failure=v1.Failure(
            kind="ProgramEnded",
            message="the program ended before the function did",
            reason=v1.FAILURE_REASON_WORKER_LOST,
        )
    )


def _call_hook(app: Any, options: Options, task_id: str) -> None:
    try:
        task = StoredRecords(app).find(task_id, 0.0)
        hook = options.hook
        call_here(_function(app, hook, str(options.hook_path)), [task], {})
    except Exception:
        logger.exception("hook failed", extra={"task_id": task_id})
