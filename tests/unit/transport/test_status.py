"""Errors and gRPC statuses: one table, both directions."""

import grpc
import pytest

from qtasks import errors
from qtasks.transport.status import (
    CODES,
    RichStatus,
    from_item,
    from_rpc,
    item_error,
)


def over_the_wire(error):
    status = RichStatus(error)
    return from_rpc(
        grpc.aio.AioRpcError(
            status.code,
            grpc.aio.Metadata(),
            grpc.aio.Metadata(*status.trailing_metadata),
            details=status.details,
        )
    )


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_every_error_travels_whole(kind):
    error = kind("what to do", field="tasks[1].name", task_id="t")
    for back in (over_the_wire(error), from_item(item_error(error))):
        assert type(back) is kind
        assert back.message == "what to do"
        assert back.facts == {"field": "tasks[1].name", "task_id": "t"}


def test_reasons_are_unique():
    assert len({kind.reason for kind in CODES}) == len(CODES)


def test_the_docstring_is_the_message():
    assert errors.TaskEnded().message == "The task has already ended."


def test_a_subclass_travels_as_its_base():
    class Own(errors.TaskNotFound):
        """Mine."""

    assert RichStatus(Own()).code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.BrokerUnavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
        (grpc.StatusCode.UNIMPLEMENTED, errors.ProtocolMismatch),
        (grpc.StatusCode.UNKNOWN, errors.QtasksError),
    ],
)
def test_statuses_that_are_not_ours(code, kind):
    foreign = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata())
    assert type(from_rpc(foreign)) is kind
