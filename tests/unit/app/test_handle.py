"""Handles and events: what users see of messages."""

from datetime import UTC, datetime

import pytest

from qtasks import v1
from qtasks.asyncio import QueueTasks
from qtasks.errors import TaskCancelled, TaskFailed, Unserializable
from qtasks.handle import TaskHandle, outcome
from qtasks.schemas import event_of
from qtasks.serializers.json import JsonSerializer

decode = JsonSerializer().decode
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def status(**fields):
    given = v1.TaskStatus(id=ID, name="task", queue="default", **fields)
    given.create_time.FromDatetime(datetime(2030, 1, 1, tzinfo=UTC))
    return given


def handle(**fields):
    return TaskHandle(QueueTasks(), status(**fields))


def test_a_handle_is_the_task():
    task = handle(
        state=v1.TASK_STATE_SUCCESS,
        args=v1.Payload(json="[1]"),
        kwargs=v1.Payload(json='{"a":2}'),
        result=v1.Payload(json="3"),
        attempt=1,
        max_attempts=3,
    )
    assert (task.status, task.args, task.kwargs, task.returning) == (
        "success",
        [1],
        {"a": 2},
        3,
    )
    assert (str(task.uuid), task.retry, task.ended) == (ID, 2, True)
    assert task.created_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert outcome(task) == 3


def test_a_handle_that_is_brought_up_to_date_forgets_what_it_was():
    task = handle(state=v1.TASK_STATE_PROCESS, attempt=1)
    assert (task.status, task.attempt, task.returning) == ("process", 1, None)
    task.update(
        status(state=v1.TASK_STATE_SUCCESS, attempt=2, result=v1.Payload(json="[3]"))
    )
    assert (task.status, task.attempt, task.returning) == ("success", 2, [3])
    assert task.returning is task.returning


def test_a_handle_shows_itself_even_if_a_value_cannot_be_read():
    task = handle(state=v1.TASK_STATE_SUCCESS, result=v1.Payload(json="{"))
    assert "status='success'" in repr(task)
    assert "returning=<unreadable>" in repr(task)
    with pytest.raises(Unserializable):
        outcome(task)


def test_a_failure_is_raised_with_its_traceback():
    failure = v1.Failure(
        kind="ValueError",
        message="no",
        traceback="Traceback ...",
        reason=v1.FAILURE_REASON_RAISED,
        cause=v1.Failure(kind="KeyError"),
    )
    task = handle(state=v1.TASK_STATE_ERROR, failure=failure)
    assert task.traceback == "Traceback ..."
    assert task.failure.reason == "raised"
    assert task.failure.cause.kind == "KeyError"
    with pytest.raises(TaskFailed, match="ValueError: no") as caught:
        outcome(task)
    assert caught.value.__notes__ == ["Traceback ..."]


def test_a_cancelled_task_is_told_with_its_reason():
    task = handle(state=v1.TASK_STATE_CANCEL, cancel_reason="enough")
    with pytest.raises(TaskCancelled, match="enough"):
        outcome(task)


@pytest.mark.parametrize(
    ("event", "kind", "fields"),
    [
        (
            v1.TaskEvent(state_changed=v1.StateChanged(state=v1.TASK_STATE_PROCESS)),
            "state",
            {"state": "process"},
        ),
        (
            v1.TaskEvent(yielded=v1.Yielded(value=v1.Payload(json="[1]"))),
            "yield",
            {"value": [1]},
        ),
        (
            v1.TaskEvent(asked=v1.Asked(ask_id="q", prompt=v1.Payload(json='"?"'))),
            "ask",
            {"ask_id": "q", "value": "?"},
        ),
        (
            v1.TaskEvent(answered=v1.Answered(ask_id="q")),
            "answer",
            {"ask_id": "q", "value": None},
        ),
        (
            v1.TaskEvent(
                log=v1.LogLine(message="m", level=v1.LOG_LEVEL_ERROR, fields={"a": "b"})
            ),
            "log",
            {"message": "m", "level": "error", "fields": {"a": "b"}},
        ),
        (
            v1.TaskEvent(progress=v1.Progress(done=1, total=2, note="n")),
            "progress",
            {"done": 1.0, "total": 2.0, "message": "n"},
        ),
        (v1.TaskEvent(gap=v1.Gap(from_seq=1, to_seq=2)), "gap", {"to_seq": 2}),
        (
            v1.TaskEvent(cancel_requested=v1.CancelRequested(reason="r")),
            "cancel",
            {"message": "r"},
        ),
        (
            v1.TaskEvent(
                finished=v1.Finished(status=v1.TaskStatus(state=v1.TASK_STATE_ERROR))
            ),
            "end",
            {"state": "error"},
        ),
    ],
)
def test_events_say_what_happened(event, kind, fields):
    made = event_of(event, decode)
    assert made.kind == kind
    assert {name: getattr(made, name) for name in fields} == fields
