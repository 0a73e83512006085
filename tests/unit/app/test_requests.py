"""How calls become messages."""

import math
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks import v1
from qtasks.client.ids import canonical_id, new_task_id
from qtasks.client.requests import task_submit
from qtasks.errors import InvalidField, OutOfRange, Unserializable
from qtasks.serializers.json import JsonSerializer
from qtasks.task import Backoff, SubmitOptions, TaskCall, TaskDefinition
from qtasks.task.wire import duration, retry_policy

serializer = JsonSerializer()


def submit(call, default_priority=0):
    return task_submit(
        call, app="app", default_priority=default_priority, serializer=serializer
    )


def call(definition=None, **options):
    return TaskCall("task", (1,), {"b": 2}, SubmitOptions(**options), definition)


def definition(**options):
    return TaskDefinition(name="task", func=print, **options)


def test_ids_are_of_version_seven_and_sort_by_time():
    ids = [new_task_id() for _ in range(3)]
    assert all(UUID(one).version == 7 for one in ids)
    assert all(canonical_id(one) == one for one in ids)
    assert ids[0][:8] <= ids[2][:8]
    assert len(set(ids)) == 3


def test_arguments_travel_as_json():
    task = submit(call())
    assert (task.app, task.name) == ("app", "task")
    assert (task.args.json, task.kwargs.json) == ("[1]", '{"b":2}')


def test_what_is_not_given_is_not_sent():
    task = submit(TaskCall("task"))
    assert not task.HasField("args")
    assert not task.HasField("kwargs")
    assert not task.HasField("retry")


def test_options_of_a_call_are_over_those_of_its_task():
    registered = definition(
        priority=5, queue="slow", retry=1, retry_backoff=9, max_time=3, tags=("a",)
    )
    usual = submit(call(registered), 7)
    assert (usual.priority, usual.queue, list(usual.tags)) == (5, "slow", ["a"])
    assert usual.max_time.seconds == 3
    assert usual.retry.max_attempts == 2
    special = submit(
        call(registered, priority=0, queue="fast", retry=4, tags=[], max_time=1)
    )
    assert (special.priority, special.queue, list(special.tags)) == (0, "fast", [])
    assert special.max_time.seconds == 1
    assert special.retry.max_attempts == 5
    assert special.retry.initial_backoff.seconds == 9
    assert submit(call(definition()), 7).priority == 7
    assert not submit(call(definition())).HasField("priority")


def test_what_a_program_does_not_know_is_left_to_the_registered_task():
    task = submit(call(retry_backoff=3), 7)
    assert not task.HasField("priority")
    assert task.retry == v1.RetryPolicy(initial_backoff=duration(3, ""))


def test_moments_may_be_lengths():
    before = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251
    task = submit(call(delay=timedelta(milliseconds=1500), expires=60))
    assert task.delay == duration(1.5, "delay")
    expires = task.expire_time.ToDatetime(UTC)
    assert timedelta(seconds=59) < expires - before < timedelta(seconds=61)
    assert submit(call(eta=datetime(2030, 1, 1, tzinfo=UTC))).start_time.seconds


@pytest.mark.parametrize(
    "options",
    [{"delay": -1}, {"delay": math.nan}, {"max_time": math.inf}, {"expires": 1e300}],
)
def test_times_that_can_not_be_are_refused(options):
    with pytest.raises(OutOfRange):
        submit(call(**options))


def test_two_starts_are_refused():
    with pytest.raises(InvalidField, match="not both"):
        submit(call(delay=1, eta=datetime(2030, 1, 1, tzinfo=UTC)))


def test_a_retry_policy_may_be_spelled_out():
    backoff = Backoff(initial=0.5, multiplier=3, max=60, jitter=0)
    policy = retry_policy(2, backoff)
    assert policy == v1.RetryPolicy(
        max_attempts=3,
        initial_backoff=duration(0.5, ""),
        max_backoff=duration(60, ""),
        multiplier=3,
        jitter=0,
    )
    with pytest.raises(OutOfRange):
        retry_policy(-1, None)


@pytest.mark.parametrize("value", [b"bytes", object(), math.nan, {1, 2}, "\ud800"])
def test_what_has_no_form_is_refused(value):
    with pytest.raises(Unserializable):
        submit(TaskCall("task", (value,)))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_values_survive_the_way(value):
    assert serializer.decode(serializer.encode(value)) == value


def test_what_can_not_be_read_is_told():
    assert serializer.decode(v1.Payload()) is None
    with pytest.raises(Unserializable, match="msgpack"):
        serializer.decode(v1.Payload(data=b"x", encoding="msgpack"))
    with pytest.raises(Unserializable, match="not JSON"):
        serializer.decode(v1.Payload(json="{"))
