"""What the broker counts: rates and latencies of the last minute, in bounded memory."""

import pytest

from qtasks import v1
from qtasks.core.records import Lane, TaskRecord
from qtasks.core.states import State
from qtasks.engine.activity import (
    LATENCY_SLOTS,
    MAX_LANES,
    SLOT_SECONDS,
    Activity,
    AttemptEnd,
)
from qtasks.engine.latencies import bucket_of, shares
from qtasks.testing.clock import FakeClock

LANE = Lane("shop", "mail", "send")


def record(*, created=0.0, begun=0.0, seq=2, lane=LANE):
    return TaskRecord(
        id="id",
        lane=lane,
        spec=b"",
        state=State.PROCESS,
        seq=seq,
        created=created,
        begun=begun,
    )


@pytest.fixture
def clock():
    return FakeClock(start=1_700_000_000.0)


@pytest.fixture
def activity(clock):
    return Activity(clock.monotonic)


def seconds(length):
    return length.seconds + length.nanos / 1e9


def test_rates_are_per_second_of_the_window(activity, clock):
    for _ in range(2):
        activity.submitted({LANE: 50})
        activity.leased([record()] * 40)
        activity.settled(
            AttemptEnd(record(), 1.0, failed=place < 3) for place in range(30)
        )
        clock.advance(SLOT_SECONDS)
    told = activity.of_app("shop", details=False)
    assert seconds(told.rate_window) == 2 * SLOT_SECONDS
    assert told.total.submitted_rate == pytest.approx(100 / 10)
    assert told.total.started_rate == pytest.approx(80 / 10)
    assert told.total.ended_rate == pytest.approx(60 / 10)
    assert told.total.failed_rate == pytest.approx(6 / 10)
    assert not told.queues
    assert not told.tasks


def test_a_quiet_minute_is_zero(activity, clock):
    activity.submitted({LANE: 1})
    activity.settled([AttemptEnd(record(), 1.0, failed=True)])
    clock.advance(SLOT_SECONDS * (LATENCY_SLOTS + 1))
    told = activity.of_app("shop", details=True)
    assert told.total == v1.ActivityFigures(wait=v1.Latency(), run=v1.Latency())
    assert not told.queues


def test_latencies_outlive_rates(activity, clock):
    activity.leased([record(created=100.0, begun=100.5)])
    clock.advance(SLOT_SECONDS * 6)
    told = activity.of_app("shop", details=True)
    assert told.total.started_rate == 0
    assert told.total.wait.count == 1
    assert seconds(told.total.wait.p50) == pytest.approx(0.5, rel=0.1)
    assert [one.name for one in told.tasks] == ["send"]


def test_only_tasks_that_were_ready_at_once_waited(activity):
    activity.leased([record(created=100.0, begun=900.0, seq=3)])
    told = activity.of_app("shop", details=False)
    assert told.total.wait.count == 0
    assert told.total.started_rate > 0


def test_lanes_of_one_batch_are_told_apart(activity):
    other = Lane("shop", "mail", "fetch")
    lanes = [LANE, other, other, LANE, other]
    activity.leased(record(lane=lane) for lane in lanes)
    activity.settled(
        AttemptEnd(record(lane=lane), 1.0, failed=lane is LANE) for lane in lanes
    )
    told = activity.of_app("shop", details=True)
    runs = {one.name: one.run.count for one in told.tasks}
    waits = {one.name: one.wait.count for one in told.tasks}
    assert runs == waits == {"send": 2, "fetch": 3}
    failed = {one.name for one in told.tasks if one.failed_rate}
    assert failed == {"send"}


def test_apps_do_not_see_each_other(activity):
    activity.submitted({LANE: 1})
    assert activity.of_app("other", details=True).total.submitted_rate == 0


def test_more_names_than_are_counted_apart_are_counted_together(activity):
    for place in range(MAX_LANES + 20):
        activity.submitted({Lane("shop", "q", f"task-{place}"): 1})
    told = activity.of_app("shop", details=True)
    assert told.total.submitted_rate == MAX_LANES + 20
    rest = {one.name: one.submitted_rate for one in told.tasks}
    assert rest[""] == 20
    assert told.tasks[0].name == ""


@pytest.mark.parametrize("length", [2e-6, 1e-3, 0.25, 3.0, 86_400.0])
def test_a_share_is_right_to_a_tenth(length):
    [told] = shares({bucket_of(length): 5}, [0.5])
    assert told == pytest.approx(length, rel=0.1)


def test_shares_rise_and_find_the_slow_ones():
    buckets = {bucket_of(0.001): 97, bucket_of(1.0): 3}
    p50, p95, p99 = shares(buckets, [0.50, 0.95, 0.99])
    assert p50 == p95 == pytest.approx(0.001, rel=0.1)
    assert p99 == pytest.approx(1.0, rel=0.1)


def test_clocks_that_go_back_count_as_no_time_at_all(activity):
    activity.settled([AttemptEnd(record(begun=10.0), 9.0, failed=False)])
    latency = activity.of_app("shop", details=False).total.run
    assert latency.count == 1
    assert seconds(latency.p50) < 1e-5
