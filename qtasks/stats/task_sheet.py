"""The sheet of a task: what its decorator was told, and how it is called."""

import inspect
from collections.abc import Sequence
from typing import Any

from qtasks.stats.sheets import Sheet
from qtasks.task import TaskDefinition

_STARS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def task_sheet(task: TaskDefinition, default_priority: int) -> Sheet:
    """Describe a task.

    Args:
        task: The task.
        default_priority: Its priority if it names none.
    """
    return {
        "Task name": task.name,
        "Priority": default_priority if task.priority is None else task.priority,
        "Description": task.description or None,
        "Tags": list(task.tags),
        "Asynchronous": task.awaiting,
        "Generation": bool(task.generating),
        "Self before task": task.echo,
        "Args": [_written(task, one) for one in task.parameters if not _named(one)],
        "Kwargs": [_written(task, one) for one in task.parameters if _named(one)],
        **_options(task),
    }


def _options(task: TaskDefinition) -> Sheet:
    """What is shown of a task only when its decorator was told so."""
    told: Sheet = {
        "Retries": task.retry,
        "Exceptions for retries": _listed(task.retry_on_exc),
        "Decoding": _name(task.decode),
        "Generator": _name(task.generate_handler),
        "Executor": _name(task.executor),
        "Middleware before": _listed(task.middlewares_before),
        "Middleware after": _listed(task.middlewares_after),
        "Additional": _additional(task) or None,
    }
    return {label: value for label, value in told.items() if value is not None}


def _additional(task: TaskDefinition) -> dict[str, Any]:
    named = {
        "queue": task.queue,
        "max_time": task.max_time,
        "keep_result": task.keep_result,
        "retry_backoff": task.retry_backoff,
    }
    told = {key: value for key, value in named.items() if value is not None}
    return {**task.extra, **told}


def _named(parameter: inspect.Parameter) -> bool:
    """Whether a parameter belongs to the keywords: it has a default, or only a name."""
    return parameter.default is not parameter.empty or parameter.kind in (
        parameter.KEYWORD_ONLY,
        parameter.VAR_KEYWORD,
    )


def _written(task: TaskDefinition, parameter: inspect.Parameter) -> str:
    """A parameter as `name: type=default`."""
    text = f"{_STARS.get(parameter.kind, '')}{parameter.name}"
    hint = task.hints.get(parameter.name, parameter.annotation)
    if hint is not parameter.empty:
        text += f": {hint if isinstance(hint, str) else inspect.formatannotation(hint)}"
    if parameter.default is not parameter.empty:
        text += f"={parameter.default}"
    return text


def _listed(items: Sequence[Any]) -> list[Any] | None:
    return list(items) or None


def _name(what: Any) -> str | None:
    """A function by its name, which is the same in every process."""
    if what is None:
        return None
    if inspect.isclass(what) or not hasattr(what, "__qualname__"):
        return str(what)
    return f"{what.__module__}.{what.__qualname__}"
