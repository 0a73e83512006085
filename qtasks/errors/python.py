"""Errors of the Python face: of apps, their tasks and their workers."""

from collections.abc import Mapping, Sequence
from typing import Self

from qtasks.errors.root import QtasksError


class TaskNotRegistered(QtasksError):
    """The app has no task of this name."""

    reason = "TASK_NOT_REGISTERED"


class NoApp(QtasksError, RuntimeError):
    """There is no app yet: make one, `QueueTasks()`, before a shared task is used."""

    reason = "NO_APP"


class UnknownPath(QtasksError, ImportError):
    """There is no function under this path."""

    reason = "UNKNOWN_PATH"


class DuplicateTask(QtasksError, ValueError):
    """The app already has a task of this name."""

    reason = "DUPLICATE_TASK"

    @classmethod
    def of(cls, name: str, first: str, second: str) -> Self:
        """Two tasks of one name, told by where their functions are."""
        return cls(
            f"Task with name {name} is already registered! It is {first}, and {second} "
            "would be the second; give one of them another name",
            name=name,
        )


class Unserializable(QtasksError, TypeError):
    """A value can't be turned into the form it should travel in."""

    reason = "UNSERIALIZABLE"


class ArgumentInvalid(QtasksError, ValueError):
    """An argument is not what the task's annotation says."""

    reason = "ARGUMENT_INVALID"


class TaskFailed(QtasksError):
    """The task ended with an error."""

    reason = "TASK_FAILED"


class TaskCancelled(QtasksError):
    """The task was cancelled."""

    reason = "TASK_CANCELLED"


class ResultTimeout(QtasksError, TimeoutError):
    """The task did not end in the time given."""

    reason = "RESULT_TIMEOUT"


class NoRunningTask(QtasksError, RuntimeError):
    """This works only inside a running task."""

    reason = "NO_RUNNING_TASK"


class AskTimeout(QtasksError, TimeoutError):
    """Nobody answered in the time given."""

    reason = "ASK_TIMEOUT"


class AppStopped(QtasksError, RuntimeError):
    """The app was stopped while the call was under way."""

    reason = "APP_STOPPED"


class UnknownTrigger(QtasksError, ValueError):
    """There is no such trigger."""

    reason = "UNKNOWN_TRIGGER"


class UnknownComponent(QtasksError, KeyError):
    """The app has no such component."""

    reason = "UNKNOWN_COMPONENT"

    __str__ = Exception.__str__  # a KeyError shows its message in quotes


class WrongComponent(QtasksError, TypeError):
    """A component is not of the kind that is needed here."""

    reason = "WRONG_COMPONENT"


class WrongColour(QtasksError, TypeError):
    """Code for apps of the other kind: sync code in an async app, or the reverse."""

    reason = "WRONG_COLOUR"


class PluginFailed(QtasksError):
    """A plugin raised an error."""

    reason = "PLUGIN_FAILED"


class DependencyCycle(QtasksError, ValueError):
    """Dependencies need one another."""

    reason = "DEPENDENCY_CYCLE"


class UnknownScope(QtasksError, ValueError):
    """There is no such scope."""

    reason = "UNKNOWN_SCOPE"


class StateNotConfigured(QtasksError, RuntimeError):
    """A state is used where none is kept."""

    reason = "STATE_NOT_CONFIGURED"


class SubmitRefused(QtasksError):
    """Some of the tasks submitted together were refused."""

    reason = "SUBMIT_REFUSED"

    def __init__(
        self,
        errors: Mapping[int, QtasksError] | Mapping[str, QtasksError],
        stored: Sequence[object] = (),
    ) -> None:
        """Tell why tasks were refused, and which were stored.

        Args:
            errors: By the places of the tasks among all, or by their ids.
            stored: Handles of the others, where there are any.
        """
        self.errors: dict[int | str, QtasksError] = dict(errors.items())
        self.stored = list(stored)
        key, first = next(iter(self.errors.items()))
        which = f"number {key}" if isinstance(key, int) else f"task {key}"
        super().__init__(f"{len(errors)} refused; {which}: {first.message}")


class TaskProcessDied(QtasksError):
    """The process a task ran in ended before the task did."""

    reason = "TASK_PROCESS_DIED"


class TaskProcessError(QtasksError):
    """A task in a process of its own raised an error that can't leave it."""

    reason = "TASK_PROCESS_ERROR"
