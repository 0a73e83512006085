"""Exit codes that scripts can use, and what leads to each."""

from collections.abc import Iterable, Iterator
from enum import IntEnum

from qtasks import errors, v1


class ExitCode(IntEnum):
    """What a command says to the script that ran it."""

    OK = 0
    FAILED = 1
    UNUSABLE = 2
    CANCELLED = 3
    TIMEOUT = 4
    INTERRUPTED = 130
    BROKEN_PIPE = 141


EXIT_CODES = (
    "0: done, or the task succeeded",
    "1: the task failed, or there is no such thing",
    "2: wrong usage, or the broker can't be reached, started or used",
    "3: the task was cancelled",
    "4: the time given was over",
    "130: interrupted with Ctrl-C",
    "141: nobody reads the output any more",
)
"""The exit codes as `qtasks --help` shows them."""

BY_STATE = {
    v1.TASK_STATE_SUCCESS: ExitCode.OK,
    v1.TASK_STATE_ERROR: ExitCode.FAILED,
    v1.TASK_STATE_CANCEL: ExitCode.CANCELLED,
}
"""The exit code of a command that saw a task end."""

BY_ERROR: tuple[tuple[type[errors.QtasksError], ExitCode], ...] = (
    (errors.InvalidField, ExitCode.UNUSABLE),
    (errors.SettingsError, ExitCode.UNUSABLE),
    (errors.ExportRefused, ExitCode.UNUSABLE),
    (errors.BrokerUnavailable, ExitCode.UNUSABLE),
    (errors.BrokerDraining, ExitCode.UNUSABLE),
    (errors.StorageUnavailable, ExitCode.UNUSABLE),
    (errors.StorageInUse, ExitCode.UNUSABLE),
    (errors.ProtocolMismatch, ExitCode.UNUSABLE),
    (errors.TlsFailed, ExitCode.UNUSABLE),
    (errors.Unauthenticated, ExitCode.UNUSABLE),
    (errors.WorkerIdInUse, ExitCode.UNUSABLE),
    (errors.TaskCancelled, ExitCode.CANCELLED),
    (errors.DeadlineExceeded, ExitCode.TIMEOUT),
    (errors.ResultTimeout, ExitCode.TIMEOUT),
)
"""The exit code of each class of error; those not named here are FAILED."""


def exit_code(error: errors.QtasksError) -> ExitCode:
    """Say with which code a command ends that met this error."""
    for kind, code in BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Of the codes of many items, say the one that matters most."""
    return max(codes, default=ExitCode.OK)


def sole_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Find what to tell the user among errors that happened at once.

    A command does one thing: what failed first is what it says, and an error of ours
    says more than what it set off elsewhere.
    """
    leaves = list(_leaves(group))
    for leaf in leaves:
        if isinstance(leaf, errors.QtasksError):
            return leaf
    return leaves[0]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
