"""A trigger: a moment plugins can take part in, with the types of what it gives and takes.

The types are written as a reader finds them in the reference: the components are above
this module, which can't import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Trigger:
    """A moment plugins can take part in."""

    name: str
    about: str
    """When it comes."""
    gives: Mapping[str, str]
    """What a handler gets, by name: the types."""
    takes: Mapping[str, str]
    """What a handler may return to be used instead, by name."""


WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the components
        "qtasks": "qtasks.QueueTasks",
        "broker": "qtasks.abc.broker.Broker",
        "storage": "qtasks.abc.storage.Storage",
        "worker": "qtasks.abc.worker.Worker",
        "starter": "qtasks.abc.starter.Starter",
        "global_config": "qtasks.abc.global_config.GlobalConfig",
        "stats": "qtasks.stats.AsyncStats",
        # a task that is submitted, runs, or ended
        "task_name": "str",
        "uuid": "UUID",
        "priority": "int",
        "args": "list[Any]",
        "kw": "dict[str, Any]",
        "kwargs": "dict[str, Any]",
        "extra": "dict[str, Any]",
        "created_at": "datetime",
        "task": "qtasks.schemas.Task",
        "result": "Any",
        "results": "list[Any]",
        "model": "qtasks.workers.views.TaskModel",
        "task_status": "qtasks.client.moments.SubmittedModel",
        "task_data": "str",
        "task_func": "qtasks.task.TaskDefinition",
        "task_broker": "qtasks.workers.views.AssignedTask",
        "trace": "str",
        # what carries an attempt out
        "task_executor": "qtasks.abc.task_executor.BaseTaskExecutor",
        "args_info": "list[qtasks.task.arguments.ArgMeta]",
        "middlewares_before": "list[type[qtasks.middlewares.TaskMiddleware]]",
        "middlewares_after": "list[type[qtasks.middlewares.TaskMiddleware]]",
        "e": "Exception",
        "error": "BaseException | None",
        # variables
        "name": "str",
        "name_": "str",
        "key": "str",
        "value": "Any",
        "get": "Any",
    }
)
"""What triggers give and take, by name: the types."""


def trigger(
    name: str, about: str, gives: str, takes: str = "", **types: str
) -> Trigger:
    """Make one.

    Args:
        name: Its name.
        about: When it comes.
        gives: What a handler gets: words of `WORDS`.
        takes: What it may return.
        **types: Where a word means something else than elsewhere.
    """
    known = {**WORDS, **types}
    return Trigger(
        name,
        about,
        MappingProxyType({word: known[word] for word in gives.split()}),
        MappingProxyType({word: known[word] for word in takes.split()}),
    )


def named(*triggers: Trigger) -> Mapping[str, Trigger]:
    """Triggers by their names."""
    return MappingProxyType({one.name: one for one in triggers})
