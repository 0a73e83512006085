"""Submitting: offloaded tasks are stored, or it is told which argument was wrong."""

from collections.abc import Sequence
from typing import Any

from qtasks.errors import QtasksError, SubmitRefused, Unserializable
from qtasks.task import TaskCall
from qtasks.tasks.batches import Batch
from qtasks.tasks.words import CALLS, ITERATIONS


def submit(broker: Any, calls: list[TaskCall[Any]]) -> None:
    """Store tasks together, or have a batch store them.

    Args:
        broker: An app of either kind, or a batch.
        calls: The tasks.

    Raises:
        Unserializable: an argument has no form to travel in; names it.
        QtasksError: why the first of those that were refused was.
    """
    app = broker
    try:
        if isinstance(broker, Batch):
            app = broker.app
            broker.add(calls)
        else:
            app.blocking.call(app.asyncio.add_tasks, calls)
    except SubmitRefused as refused:
        raise next(iter(refused.errors.values())) from None
    except Unserializable as error:
        raise _naming(app, calls, error) from error


def _naming(
    app: Any, calls: Sequence[TaskCall[Any]], error: Unserializable
) -> QtasksError:
    """The error, with the argument it is about."""
    for call in calls:
        args, kwargs = call.args, call.kwargs
        if call.task_name in CALLS:
            _, args, kwargs = call.args
        elif call.task_name in ITERATIONS:
            args = tuple(one for item in call.args[1] for one in item)
        named = [(f"argument {place}", one) for place, one in enumerate(args)]
        named += [(f"the argument {name!r}", one) for name, one in kwargs.items()]
        for said, value in named:
            try:
                app.asyncio.serializer.encode(value)
            except Unserializable as reason:
                return Unserializable(
                    f"{said} ({type(value).__name__}) can't travel: {reason.message}; "
                    "pass plain values, or give the app and its workers a serializer "
                    "that knows the type",
                    field=said,
                )
    return error
