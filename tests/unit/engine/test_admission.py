"""What a submitted task must look like."""

import math

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from qtasks import errors, v1
from qtasks.engine.admission import admit, new_id
from qtasks.engine.dependencies import MAX_AFTER
from qtasks.engine.settings import EngineSettings

SETTINGS = EngineSettings()


def submit(**fields):
    return v1.TaskSubmit(**{"name": "job", **fields})


def json(text):
    return v1.Payload(json=text)


ID = new_id()


def waits(*task_ids, **fields):
    return v1.After(task_ids=task_ids, **fields)


REFUSED = [
    ({"name": ""}, "name", "INVALID_FIELD"),
    ({"name": "x" * 10_240}, "name", "INVALID_FIELD"),
    ({"name": "a\nb"}, "name", "INVALID_FIELD"),
    ({"name": "a\x00b"}, "name", "INVALID_FIELD"),
    ({"id": "nonsense"}, "id", "INVALID_FIELD"),
    ({"id": "0192A1FB-0000-7000-8000-000000000000"}, "id", "INVALID_FIELD"),
    ({"app": "x" * 257}, "app", "INVALID_FIELD"),
    ({"queue": "\x7f"}, "queue", "INVALID_FIELD"),
    ({"priority": 4096}, "priority", "OUT_OF_RANGE"),
    ({"priority": -4097}, "priority", "OUT_OF_RANGE"),
    ({"args": json("[1, 2")}, "args", "INVALID_JSON"),
    ({"args": json("{}")}, "args", "INVALID_JSON"),
    ({"args": json("[NaN]")}, "args", "INVALID_JSON"),
    ({"args": json("[-Infinity]")}, "args", "INVALID_JSON"),
    ({"args": json("")}, "args", "INVALID_JSON"),
    ({"args": json("[" * 100_000)}, "args", "INVALID_JSON"),
    ({"kwargs": json("[]")}, "kwargs", "INVALID_JSON"),
    ({"args": json(f'["{"x" * 1024 * 1024}"]')}, "args", "PAYLOAD_TOO_LARGE"),
    ({"kwargs": v1.Payload(data=b"x" * 2**20)}, "kwargs", "PAYLOAD_TOO_LARGE"),
    ({"delay": Duration(seconds=-1)}, "delay", "OUT_OF_RANGE"),
    ({"delay": Duration(seconds=10**11)}, "delay", "OUT_OF_RANGE"),
    ({"each": True, "args": json("[[1], 2]")}, "args", "INVALID_JSON"),
    ({"inputs": [json("1")]}, "inputs", "INVALID_FIELD"),
    ({"after": waits("nonsense")}, "after.task_ids[0]", "INVALID_FIELD"),
    ({"after": waits(ID, "")}, "after.task_ids[1]", "INVALID_FIELD"),
    ({"id": ID, "after": waits(ID)}, "after.task_ids", "INVALID_FIELD"),
    ({"after": waits(*[ID] * (MAX_AFTER + 1))}, "after.task_ids", "TOO_MANY"),
    ({"after": waits(ID, on_failure=9)}, "after.on_failure", "INVALID_FIELD"),
    ({"after": waits(ID, **{"pass": 9})}, "after.pass", "INVALID_FIELD"),
    ({"after": waits(**{"pass": 9})}, "after.pass", "INVALID_FIELD"),
    ({"max_time": Duration()}, "max_time", "OUT_OF_RANGE"),
    ({"max_time": Duration(seconds=-5)}, "max_time", "OUT_OF_RANGE"),
    ({"keep_result": Duration(seconds=-1)}, "keep_result", "OUT_OF_RANGE"),
    ({"start_time": Timestamp(seconds=2**62)}, "start_time", "OUT_OF_RANGE"),
    ({"expire_time": Timestamp(seconds=-(2**62))}, "expire_time", "OUT_OF_RANGE"),
    ({"deadline": Timestamp(nanos=-1)}, "deadline", "OUT_OF_RANGE"),
    ({"tags": ["t"] * 10_000}, "tags", "TOO_MANY"),
    ({"tags": [""]}, "tags", "INVALID_FIELD"),
    ({"tags": ["x" * 129]}, "tags", "INVALID_FIELD"),
    ({"metadata": {str(n): "" for n in range(65)}}, "metadata", "TOO_MANY"),
    ({"metadata": {"k": "x" * 8193}}, "metadata", "INVALID_FIELD"),
    ({"group": "a\tb"}, "group", "INVALID_FIELD"),
    ({"idempotency_key": "x" * 257}, "idempotency_key", "INVALID_FIELD"),
    (
        {"retry": v1.RetryPolicy(max_attempts=-1)},
        "retry.max_attempts",
        "OUT_OF_RANGE",
    ),
    (
        {"retry": v1.RetryPolicy(max_losses=1001)},
        "retry.max_losses",
        "OUT_OF_RANGE",
    ),
    (
        {"retry": v1.RetryPolicy(multiplier=math.nan)},
        "retry.multiplier",
        "OUT_OF_RANGE",
    ),
    ({"retry": v1.RetryPolicy(multiplier=0.5)}, "retry.multiplier", "OUT_OF_RANGE"),
    ({"retry": v1.RetryPolicy(jitter=math.inf)}, "retry.jitter", "OUT_OF_RANGE"),
    (
        {"retry": v1.RetryPolicy(max_backoff=Duration(seconds=-1))},
        "retry.max_backoff",
        "OUT_OF_RANGE",
    ),
]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    REFUSED,
    ids=[f"{place}-{field}" for place, (_, field, _) in enumerate(REFUSED)],
)
def test_refused(fields, field, reason):
    with pytest.raises(errors.InvalidField) as refused:
        admit(submit(**fields), SETTINGS)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert field.split(".")[0] in refused.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "письмо ✉ 邮件"},
        {"name": "a b/c:d{e}"},
        {"args": json("[" + "9" * 10_000 + "]")},
        {"args": json('["\\u0000 \\ud83d\\ude00"]')},
        {"args": v1.Payload(data=b"\xff\x00", encoding="msgpack")},
        {"start_time": Timestamp(seconds=-5)},
        {"priority": -4096},
        {"keep_result": Duration()},
        {"each": True, "args": json("[[1], []]")},
        {"after": waits(ID, new_id(), on_failure=v1.ON_FAILURE_RUN)},
    ],
)
def test_accepted(fields):
    task = submit(**fields)
    new = admit(task, SETTINGS)
    assert v1.TaskSubmit.FromString(new.spec) == task


def test_defaults():
    task = submit()
    new = admit(task, SETTINGS)
    assert new.lane == ("QueueTasks", "default", "job")
    assert (new.id, new.keep, new.max_losses) == (task.id, 86_400.0, 3)


def test_only_a_task_that_waits_is_held():
    assert admit(submit(after=waits(ID)), SETTINGS).held
    assert not admit(submit(after=waits()), SETTINGS).held
    assert not admit(submit(), SETTINGS).held


def test_a_time_before_the_epoch_is_not_taken_for_none():
    new = admit(submit(expire_time=Timestamp(seconds=-1)), SETTINGS)
    assert new.expires > 0


def test_the_nearer_of_expiry_and_deadline_counts():
    task = submit(
        expire_time=Timestamp(seconds=2_000), deadline=Timestamp(seconds=1_000)
    )
    assert admit(task, SETTINGS).expires == 1_000


@given(
    name=st.text(max_size=300),
    priority=st.integers(-(2**31), 2**31 - 1),
    args=st.text(max_size=30),
    seconds=st.integers(-(2**63), 2**63 - 1),
    nanos=st.integers(-(2**31), 2**31 - 1),
    jitter=st.floats(),
)
def test_anything_is_admitted_or_refused_by_name(
    name, priority, args, seconds, nanos, jitter
):
    task = v1.TaskSubmit(
        name=name,
        priority=priority,
        args=json(args),
        deadline=Timestamp(seconds=seconds, nanos=nanos),
        delay=Duration(seconds=seconds, nanos=nanos),
        retry=v1.RetryPolicy(jitter=jitter),
    )
    refused = None
    try:
        admit(task, SETTINGS)
    except errors.InvalidField as error:
        refused = error
    assert refused is None or refused.field


def test_ids_are_uuid_7_in_order():
    ids = [new_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(one[14] == "7" and one[19] in "89ab" for one in ids)
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)
