"""Every kind of event is shown, in words and as facts."""

import json

import pytest

from qtasks import v1
from qtasks.cli.events import FACTS, WORDS, event_facts, event_words

VALUE = v1.Payload(json='{"a": 1}')
EVENTS = [
    v1.TaskEvent(
        state_changed=v1.StateChanged(
            state=v1.TASK_STATE_RETRY, failure=v1.Failure(kind="E", message="m")
        )
    ),
    v1.TaskEvent(yielded=v1.Yielded(value=VALUE)),
    v1.TaskEvent(asked=v1.Asked(ask_id="q", prompt=VALUE)),
    v1.TaskEvent(answered=v1.Answered(ask_id="q", value=VALUE)),
    v1.TaskEvent(log=v1.LogLine(message="m", fields={"a": "b"})),
    v1.TaskEvent(progress=v1.Progress(done=1, total=2, note="n")),
    v1.TaskEvent(gap=v1.Gap(from_seq=1, to_seq=2)),
    v1.TaskEvent(cancel_requested=v1.CancelRequested(reason="r")),
    v1.TaskEvent(
        finished=v1.Finished(
            status=v1.TaskStatus(state=v1.TASK_STATE_SUCCESS, result=VALUE)
        )
    ),
]


def test_no_kind_is_forgotten():
    kinds = {field.name for field in v1.TaskEvent.DESCRIPTOR.oneofs[0].fields}
    assert kinds == set(FACTS) == set(WORDS)
    assert kinds == {event.WhichOneof("event") for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.WhichOneof("event"))
def test_every_kind_is_told(event):
    event.task_id, event.seq = "t", 7
    facts = json.loads(json.dumps(event_facts(event)))
    assert (facts["task_id"], facts["seq"]) == ("t", 7)
    word, words = event_words(event)
    assert word
    assert words


def test_an_event_of_a_newer_version_is_told():
    assert event_facts(v1.TaskEvent(seq=3))["event"] == "unknown"
    assert event_words(v1.TaskEvent(seq=3))[0] == "unknown"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            v1.TaskStatus(state=v1.TASK_STATE_ERROR, failure=v1.Failure(kind="E")),
            ("error", "E"),
        ),
        (
            v1.TaskStatus(state=v1.TASK_STATE_CANCEL, cancel_reason="late"),
            ("cancel", "late"),
        ),
        (v1.TaskStatus(state=v1.TASK_STATE_SUCCESS), ("success", "null")),
        (
            v1.TaskStatus(
                state=v1.TASK_STATE_SUCCESS,
                result=v1.Payload(data=b"\0", encoding="msgpack"),
            ),
            ("success", '{"encoding": "msgpack", "base64": "AA=="}'),
        ),
    ],
)
def test_endings(status, words):
    assert event_words(v1.TaskEvent(finished=v1.Finished(status=status))) == words
