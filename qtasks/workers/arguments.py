"""Arguments: those of an attempt, decoded and held against the signature."""

from typing import Any

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.errors import Unserializable
from qtasks.task.definition import Mismatch
from qtasks.workers.attempt import Attempt
from qtasks.workers.failures import rejected


def take_arguments(attempt: Attempt, serializer: Serializer) -> v1.Failure | None:
    """Give an attempt its arguments; why they do not fit the signature, if so."""
    task = attempt.assign.task
    decode = serializer.decode
    args: Any = []
    kwargs: Any = {}
    inputs: list[Any] = []
    try:
        if task.HasField("args"):
            args = decode(task.args) or []
        if task.HasField("kwargs"):
            kwargs = decode(task.kwargs) or {}
        if task.HasField("after"):  # only those that waited are given something
            inputs = _inputs(task, serializer)
    except Unserializable as error:
        return rejected("Unserializable", error.message)
    if not isinstance(kwargs, dict):
        return rejected("InvalidJson", "kwargs must be an object", parameter="kwargs")
    if not isinstance(args, list):
        return rejected("InvalidJson", "args must be a list", parameter="args")
    attempt.kwargs = kwargs
    if task.each:
        return _take_each(attempt, args, inputs)
    attempt.args = args = args + inputs if inputs else args
    mismatch = attempt.definition.mismatch(args, kwargs)
    return None if mismatch is None else _misfit(mismatch)


def _inputs(task: v1.TaskSubmit, serializer: Serializer) -> list[Any]:
    """What the task is given of those that it waited for."""
    passed = getattr(task.after, "pass")
    values = [serializer.decode(one) for one in task.inputs]
    if passed == v1.PASS_LIST:
        return [values]
    return [one for one in values if one is not None]


def _take_each(
    attempt: Attempt, calls: list[Any], inputs: list[Any]
) -> v1.Failure | None:
    """Take a list of argument lists; each must fit."""
    attempt.args = []
    for place, args in enumerate(calls):
        if not isinstance(args, list):
            message = f"with `each`, args[{place}] must be a list of arguments"
            return rejected("InvalidJson", message, parameter=f"args[{place}]")
        attempt.args.append(args + inputs)
        mismatch = attempt.definition.mismatch(attempt.args[-1], attempt.kwargs)
        if mismatch is not None:
            misfit = _misfit(mismatch)
            misfit.message = f"call {place}: {misfit.message}"
            return misfit
    return None


def _misfit(mismatch: Mismatch) -> v1.Failure:
    return rejected("TypeError", mismatch.message, parameter=mismatch.parameter)
