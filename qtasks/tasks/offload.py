"""Offload: functions as tasks, one, many, or one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from math import ceil
from typing import Any, Final
from weakref import WeakKeyDictionary

from qtasks.client.ids import new_task_id
from qtasks.colours import in_loop
from qtasks.errors import InvalidField, WrongColour, WrongComponent
from qtasks.shared import get_app
from qtasks.task import After, SubmitOptions, TaskCall, TaskDefinition
from qtasks.tasks.allowing import check_with_workers
from qtasks.tasks.batches import Batch
from qtasks.tasks.inline import iterate_inline, run_inline
from qtasks.tasks.options import Options
from qtasks.tasks.paths import path_of
from qtasks.tasks.registered import Registered, is_plain
from qtasks.tasks.settings import current
from qtasks.tasks.submitting import submit
from qtasks.tasks.words import (
    CALL,
    CALL_ISOLATED,
    GATHER,
    HOOK,
    ITERATE,
    ITERATE_ISOLATED,
    TAG,
)

MAX_PARTS: Final = 5000
"""Tasks that one iteration has at most; a task can wait for 10,000."""
PART: Final = 100
"""Items of an iteration that one task takes at most: small calls cost less than a task."""
PARTS: Final = 64
"""Tasks that an iteration is spread over, if it has as many items."""
SOON: Final = -1
"""The priority of what only ends what has run: before what has not."""
MAX_PART_BYTES: Final = 512 * 1024

_REGISTERED: "WeakKeyDictionary[Any, Registered]" = WeakKeyDictionary()


def get_broker(app: Any = None) -> Any:
    """What to pass as `broker`: the app whose connection is used.

    Connections are shared within an app anyhow; naming one spares looking it up.

    Args:
        app: An app of either kind, or a batch, whose app it is; that of the settings,
            else the one made last, if none is given.

    Raises:
        NoApp: there is no app yet.
        WrongComponent: it is no app.
        WrongColour: it is an asynchronous app, in a coroutine.
    """
    if isinstance(app, Batch):
        app = app.app
    app = app or current().app or get_app()
    if not hasattr(app, "asyncio") or not hasattr(app, "blocking"):
        raise WrongComponent(
            f"broker must be an app, as get_broker() gives it, or a batch, not {app!r:.80}",
            field="broker",
        )
    if app is app.asyncio and in_loop():
        raise WrongColour(
            "qtasks.tasks blocks until it has an answer, which a coroutine must not: "
            "await the app's own calls (app.add_task, app.wait), or call it in a "
            "thread (asyncio.to_thread)"
        )
    return app


def batch(broker: Any = None) -> Batch:
    """What to pass as `broker` where many calls follow one another.

    Inside its `with` block a call does not wait until its task is stored: tasks are
    stored together behind the calls, which takes a fraction of the time. At the end of
    the block all of them are.

        with batch() as broker:
            for page in pages:
                async_task("shop.jobs.scan", page, broker=broker)

    Args:
        broker: An app, as of `get_broker`.

    Returns:
        A context manager that gives itself. Leaving it raises `SubmitRefused` when tasks
        are not stored, with the reason of each by its id.
    """
    return Batch(get_broker(broker))


def async_task(func: str | Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Have a worker call a function: stored when this returns, or when its `batch` ends.

    Args:
        func: A function or its dotted path; a task of the app or its name.
        *args: Its arguments.
        **kwargs: Its named arguments, and options, which are not passed on: `hook`,
            `group`, `save`, `timeout`, `ack_failure`, `sync`, `cached`, `broker`,
            `task_name`; or all options in a dict, `q_options`.

    Returns:
        The id of the task.

    Raises:
        NoApp: there is no app yet.
        InvalidField: a worker could not find the function, or an option is wrong.
        PathRefused: no worker may import the path.
        Unserializable: an argument has no form to travel in; names it.
        SettingsError: a failed task would be tried again before its timeout.
    """
    options, named = Options.taken(kwargs)
    app = get_broker(options.broker)
    if options.is_sync():
        return run_inline(app, func, args, named, options)
    task_id = new_task_id()
    calls = [_call(app, func, args, named, options, task_uuid=task_id)]
    if options.hook is not None:
        calls.append(_hook(app, options, task_id))
    submit(options.broker or app, calls)
    return task_id


def async_iter(
    func: str | Callable[..., Any], args_iter: Iterable[Any], **kwargs: Any
) -> str:
    """Have workers call a function with each of these arguments.

    Small calls share a task, and one that fails does not keep the others from running.

    Args:
        func: As of `async_task`.
        args_iter: The arguments: a tuple or list for each call, or its one argument.
        **kwargs: Options of `async_task`.

    Returns:
        The id of the task whose result is the list of all results, in order; an error
        stands where a call failed. `result_group` of the same id gives them as they
        come, and has no limit; all in one list they may have 1 MiB.

    Raises:
        InvalidField: there are no arguments, or as of `async_task`.
    """
    options, named = Options.taken(kwargs)
    if named:
        raise InvalidField(
            f"async_iter passes no named arguments; {min(named)!r} is none of its "
            "options",
            field=min(named),
        )
    app = get_broker(options.broker)
    items = [
        list(one) if isinstance(one, (list, tuple)) else [one] for one in args_iter
    ]
    if not items:
        raise InvalidField("args_iter has no arguments to call with", field="args_iter")
    iter_id = new_task_id()
    if options.is_sync():
        return iterate_inline(app, func, items, options)
    calls = [*_iterations(app, func, items, options, iter_id)]
    calls.append(_gather(calls, options, iter_id))
    if options.hook is not None:
        calls.append(_hook(app, options, iter_id))
    submit(options.broker or app, calls)
    return iter_id


def async_chain(
    chain: Iterable[Sequence[Any] | str | Callable[..., Any]], **kwargs: Any
) -> str:
    """Have a worker call functions, each when the one before has succeeded.

    Args:
        chain: For each a function or path, alone or as `(func, args)` or `(func, args,
            kwargs)`; options of `async_task` may be among its named arguments.
        **kwargs: Options of `async_task` for all of them.

    Returns:
        The label of their group: `result_group` gives their results, in order. When one
        fails, those after it are cancelled.

    Raises:
        InvalidField: there is nothing in it, or as of `async_task`.
    """
    shared, named = Options.taken(kwargs)
    if named:
        raise InvalidField(
            f"async_chain has no option {min(named)!r}", field=min(named)
        )
    app = get_broker(shared.broker)
    group = shared.group or new_task_id()
    calls: list[TaskCall[Any]] = []
    hooks: list[TaskCall[Any]] = []
    links = [_link(one) for one in chain]
    if not links:
        raise InvalidField("the chain has nothing in it", field="chain")
    for func, args, given in links:
        own, kwargs_of_func = Options.taken(given)
        options = own.over(shared, group=group)
        if options.is_sync():
            run_inline(app, func, args, kwargs_of_func, options)
            continue
        task_id = new_task_id()
        before = [calls[-1].options.task_uuid] if calls else None
        call = _call(
            app, func, args, kwargs_of_func, options, task_uuid=task_id, after=before
        )
        calls.append(call)
        if options.hook is not None:
            hooks.append(_hook(app, options, task_id))
    if calls:
        submit(shared.broker or app, [*calls, *hooks])
    return group


# -- what is submitted ----------------------------------------------------------------


def _call(
    app: Any,
    func: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    options: Options,
    **submit_options: Any,
) -> TaskCall[Any]:
    """The call of a task that calls the function."""
    given = options.submit_options() | submit_options
    path, definition = _found(app, func)
    if definition is not None and not _must_be_isolated(definition, given):
        given = _over_definition(given, definition, options)
        return TaskCall(
            definition.name, tuple(args), kwargs, SubmitOptions(**given), definition
        )
    if definition is not None:
        path = path_of(definition.func)
    elif "." not in path:  # no function has such a path: the name of a task
        return TaskCall(path, tuple(args), kwargs, SubmitOptions(**given))
    name = CALL_ISOLATED if "max_time" in given else CALL
    check_with_workers(app.asyncio, name, path)
    return TaskCall(name, (path, list(args), kwargs), {}, SubmitOptions(**given))


def _found(app: Any, func: Any) -> tuple[str, TaskDefinition | None]:
    """The path of a function, and the task of the app that it is, if it is one."""
    definition = getattr(func, "definition", None)
    if isinstance(definition, TaskDefinition):
        return definition.name, definition
    registered = _REGISTERED.get(app.asyncio)
    if registered is None:
        registered = _REGISTERED[app.asyncio] = Registered(app.asyncio)
    if not isinstance(func, str):
        for one in registered.values():
            if one.func is func:
                return one.name, one
    path = path_of(func)
    return path, registered.get(path)


def _must_be_isolated(definition: TaskDefinition, given: dict[str, Any]) -> bool:
    """Whether only a process of its own can end the task's function in time."""
    if "max_time" not in given or definition.awaiting:
        return False
    if definition.executor is not None or not is_plain(definition):
        return False
    try:
        path_of(definition.func)
    except InvalidField:
        return False
    return not definition.generating


def _over_definition(
    given: dict[str, Any], definition: TaskDefinition, options: Options
) -> dict[str, Any]:
    """The options, but for those that the task was registered with."""
    given = dict(given)
    if definition.retry is not None and options.ack_failure is None:
        given.pop("retry", None)
        given.pop("retry_backoff", None)
    if definition.max_time is not None and options.timeout is None:
        given.pop("max_time", None)
    return given


def _hook(app: Any, options: Options, task_id: str) -> TaskCall[Any]:
    """The task that calls the hook once the task has ended, however it has."""
    path = str(options.hook_path)
    check_with_workers(app.asyncio, HOOK, path)
    given = SubmitOptions(
        after=After([task_id], on_failure="run"),
        keep_result=0.0,
        keep_failure=current().keep,
        tags=[TAG],
        priority=SOON,
    )
    return TaskCall(HOOK, (path, task_id), {}, given)


def _iterations(
    app: Any,
    func: Any,
    items: list[list[Any]],
    options: Options,
    iter_id: str,
) -> Iterator[TaskCall[Any]]:
    """The tasks that call the function with the items, a part each."""
    grouped = options.over(options, group=options.group or iter_id)
    given = grouped.submit_options(needed=True)
    isolated = "max_time" in given
    path, definition = _found(app, func)
    if definition is not None:
        path = definition.name if not isolated else path_of(definition.func)
    name = ITERATE_ISOLATED if isolated else ITERATE
    check_with_workers(app.asyncio, name, path)
    least = ceil(len(items) / MAX_PARTS)
    size = 1 if isolated else min(PART, ceil(len(items) / PARTS))
    for part in _parts(app, items, max(least, size)):
        chosen = SubmitOptions(task_uuid=new_task_id(), **given)
        yield TaskCall(name, (path, part), {}, chosen)


def _parts(app: Any, items: list[list[Any]], size: int) -> Iterator[list[list[Any]]]:
    """Parts of so many items, fewer where these are large."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        if (
            len(part) > 1
            and app.asyncio.serializer.encode(part).ByteSize() > MAX_PART_BYTES
        ):
            yield from _parts(app, part, len(part) // 2)
        else:
            yield part


def _gather(
    calls: Sequence[TaskCall[Any]], options: Options, iter_id: str
) -> TaskCall[Any]:
    """The task whose result are those of all parts."""
    given = options.submit_options()
    given |= {"retry": 0, "task_uuid": iter_id, "group": options.group or iter_id}
    given["priority"] = SOON
    given.pop("max_time", None)
    given.pop("retry_backoff", None)
    parts = [(str(call.options.task_uuid), len(call.args[1])) for call in calls]
    after = After([one for one, _ in parts], results="list", on_failure="run")
    return TaskCall(GATHER, (parts,), {}, SubmitOptions(after=after, **given))


def _link(link: Any) -> tuple[Any, Sequence[Any], dict[str, Any]]:
    """The function, arguments and named arguments of one link of a chain."""
    if isinstance(link, str) or not isinstance(link, Sequence):
        return link, (), {}
    whole = [*link, *[None, (), {}][len(link) :]]
    func, args, kwargs = whole[:3]
    fits = isinstance(args, Sequence) and isinstance(kwargs, dict)
    if not 1 <= len(link) <= 3 or isinstance(args, str) or not fits:  # noqa: PLR2004
        raise InvalidField(
            "a link of a chain is a function, (func, args) or (func, args, kwargs), "
            f"not {link!r:.80}",
            field="chain",
        )
    return func, args, kwargs
