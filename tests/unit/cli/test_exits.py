"""Every error has an exit code."""

import pytest

from qtasks import errors
from qtasks.cli.exits import ExitCode, exit_code, sole_error, worst


def kinds(root=errors.QtasksError):
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from kinds(kind)


@pytest.mark.parametrize("kind", set(kinds()), ids=lambda kind: kind.__name__)
def test_every_class_has_a_code(kind):
    error = kind.__new__(kind)
    assert exit_code(error) in set(ExitCode) - {ExitCode.OK}


def test_codes_by_class():
    assert exit_code(errors.TaskNotFound()) is ExitCode.FAILED
    assert exit_code(errors.PayloadTooLarge()) is ExitCode.UNUSABLE
    assert exit_code(errors.BrokerUnavailable()) is ExitCode.UNUSABLE
    assert exit_code(errors.TaskCancelled()) is ExitCode.CANCELLED
    assert exit_code(errors.ResultTimeout()) is ExitCode.TIMEOUT


def test_the_worst_of_many_counts():
    assert worst([]) is ExitCode.OK
    assert worst([ExitCode.OK, ExitCode.FAILED, ExitCode.OK]) is ExitCode.FAILED


def test_an_error_of_ours_says_most():
    ours = errors.TaskNotFound()
    inner = BaseExceptionGroup("inner", [ValueError(), ours])
    assert sole_error(BaseExceptionGroup("outer", [OSError(), inner])) is ours
    interrupt = KeyboardInterrupt()
    assert sole_error(BaseExceptionGroup("outer", [interrupt])) is interrupt
