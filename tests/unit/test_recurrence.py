"""Moments that come again: cron, intervals, one time, clocks that change."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.errors import InvalidField, OutOfRange
from qtasks.recurrence import (
    CronTimes,
    IntervalTimes,
    OneTime,
    Recurrence,
    delayed,
    zone_of,
)

BERLIN = "Europe/Berlin"
ZONES = ("UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
EXPRESSIONS = (
    "* * * * *",
    "*/7 * * * *",
    "30 2 * * *",
    "0,30 1-3 * * *",
    "0 0 * * sun",
    "15 3 1,15 * 5",
    "*/20 59 23 * * *",
    "0 12 29 2 *",
)
MOMENTS = st.datetimes(
    datetime.fromisoformat("2000-01-01"),
    datetime.fromisoformat("2060-01-01"),
    timezones=st.just(UTC),
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(expression, start, count, zone="UTC"):
    """The next moments as the clocks of a zone show them."""
    recurrence = Recurrence(CronTimes(expression, zone))
    found = recurrence.between(at(start), at("2100-01-01"))
    local = (one.astimezone(zone_of(zone)) for one in islice(found, count))
    return [f"{one:%m-%d %H:%M:%S}" for one in local]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("5 * * * *", ["01-01 00:05:00", "01-01 01:05:00"]),
        ("*/10 * * * * *", ["01-01 00:00:10", "01-01 00:00:20"]),
        ("0 0 * * 0", ["01-04 00:00:00", "01-11 00:00:00"]),
        ("0 0 * * 7", ["01-04 00:00:00", "01-11 00:00:00"]),
        ("0 0 * * 1", ["01-05 00:00:00", "01-12 00:00:00"]),
        ("0 0 * * SUN", ["01-04 00:00:00", "01-11 00:00:00"]),
        ("0 0 * * 5-7", ["01-02 00:00:00", "01-03 00:00:00", "01-04 00:00:00"]),
        ("0 0 * * 0-1", ["01-04 00:00:00", "01-05 00:00:00", "01-11 00:00:00"]),
        ("0 0 * * fri-mon/2", ["01-02 00:00:00", "01-04 00:00:00", "01-09 00:00:00"]),
        ("0 0 * * */3", ["01-03 00:00:00", "01-04 00:00:00", "01-07 00:00:00"]),
        ("0 0 1 feb,Mar *", ["02-01 00:00:00", "03-01 00:00:00"]),
        ("0 0 31 * *", ["01-31 00:00:00", "03-31 00:00:00"]),
        ("0 0 last * *", ["01-31 00:00:00", "02-28 00:00:00"]),
        ("@daily", ["01-02 00:00:00", "01-03 00:00:00"]),
        ("@Weekly", ["01-04 00:00:00", "01-11 00:00:00"]),
    ],
)
def test_cron(expression, expected):
    assert shown(expression, "2026-01-01", len(expected)) == expected


def test_a_day_or_a_weekday_is_enough_as_in_crontab():
    assert shown("0 0 13 * fri", "2026-01-08", 3) == [
        "01-09 00:00:00",
        "01-13 00:00:00",
        "01-16 00:00:00",
    ]


def test_a_moment_that_the_clocks_skip_comes_once_an_hour_later():
    assert shown("30 2 * * *", "2026-03-28T12:00", 2, BERLIN) == [
        "03-29 03:30:00",
        "03-30 02:30:00",
    ]


def test_a_moment_that_the_clocks_show_twice_comes_once():
    assert shown("30 2 * * *", "2026-10-24T12:00", 2, BERLIN) == [
        "10-25 02:30:00",
        "10-26 02:30:00",
    ]


def test_what_comes_every_hour_comes_in_both_hours_that_look_the_same():
    assert shown("30 * * * *", "2026-10-24T23:00", 4, BERLIN) == [
        "10-25 01:30:00",
        "10-25 02:30:00",
        "10-25 02:30:00",
        "10-25 03:30:00",
    ]


@given(st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES), MOMENTS)
def test_the_next_moment_is_later_and_nothing_is_between(expression, zone, moment):
    times = CronTimes(expression, zone)
    first = times.after(moment)
    assert first > moment
    between = moment + (first - moment) / 2
    assert times.after(between) == first
    assert first.microsecond == 0


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("* * * * * * *", "five fields"),
        ("60 * * * *", "60"),
        ("* * * * 8", "weekday"),
        ("* * * * mon-", "weekday"),
        ("* * * * 1/0", "step"),
        ("*/0 * * * *", "0"),
        ("0 0 0 * *", "0"),
        ("0 0 * 13 *", "13"),
        ("5-1 * * * *", "range"),
        ("often", "five fields"),
    ],
)
def test_what_is_no_cron_expression_is_told(expression, said):
    with pytest.raises(InvalidField, match=said) as caught:
        CronTimes(expression, field="schedule.cron")
    assert caught.value.field == "schedule.cron"


@pytest.mark.parametrize(
    "name", ["Mars/North", "Europe", "../UTC", "/etc/hosts", "a\0"]
)
def test_what_is_no_time_zone_is_told(name):
    with pytest.raises(InvalidField, match="Europe/Berlin") as caught:
        zone_of(name)
    assert caught.value.field == "time_zone"


def test_an_expression_without_moments_ends():
    assert CronTimes("0 0 30 2 *").after(at("2026-01-01")) is None
    assert CronTimes("0 0 * * *").after(datetime.max.replace(tzinfo=UTC)) is None


@given(MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=400)), MOMENTS)
def test_intervals_do_not_drift(first, interval, moment):
    found = IntervalTimes(first, interval).after(moment)
    assert found > moment
    assert found >= first
    assert (found - first) % interval == timedelta()
    assert found == first or found - interval <= moment


def test_an_interval_must_be_a_second():
    with pytest.raises(OutOfRange, match="at least 1 s") as caught:
        IntervalTimes(at("2026-01-01"), timedelta(milliseconds=999))
    assert caught.value.field == "interval"
    far = IntervalTimes(at("2026-01-01"), timedelta(days=999_999))
    assert far.after(at("9000-01-01")) is None


def test_one_time():
    once = OneTime(at("2026-01-01"))
    assert once.after(at("2025-12-31")) == at("2026-01-01")
    assert once.after(at("2026-01-01")) is None


def test_bounds_belong_to_the_moments():
    hours = Recurrence(
        CronTimes("0 * * * *"), start=at("2026-01-01T03:00"), end=at("2026-01-01T05:00")
    )
    found = [one.hour for one in hours.between(at("2025-01-01"), at("2027-01-01"))]
    assert found == [3, 4, 5]


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_the_newest_of_a_few(most):
    hours = Recurrence(CronTimes("0 * * * *"))
    found = hours.newest(at("2026-01-01"), at("2026-01-01T05:30"), most)
    assert [one.hour for one in found] == [1, 2, 3, 4, 5][-most:]


@pytest.mark.parametrize(
    ("expression", "last"),
    [
        ("* * * * * *", "2026-01-01T00:00:00"),
        ("* * * * *", "2026-01-01T00:00:00"),
        ("* * 1 2 1 *", "2025-01-02T01:59:59"),
    ],
)
def test_the_newest_of_very_many_are_found_without_counting_them(expression, last):
    seconds = Recurrence(CronTimes(expression))
    found = seconds.newest(at("2000-01-01"), at("2026-01-01"), 1000)
    assert 0 < len(found) <= 1000
    assert found[-1] == at(last)
    assert found == sorted(found)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=1)), st.text())
def test_jitter_delays_the_same_everywhere(moment, jitter, name):
    found = delayed(moment, jitter, name)
    assert moment <= found <= moment + jitter
    assert found == delayed(moment, jitter, name)


def test_jitter_spreads():
    minute = timedelta(minutes=1)
    moment = at("2026-01-01")
    names = {delayed(moment, minute, str(number)) for number in range(50)}
    moments = {delayed(moment + n * minute, minute, "one") for n in range(50)}
    assert len(names) == len(moments) == 50
    assert delayed(moment, timedelta(), "one") == moment
    last = datetime.max.replace(tzinfo=UTC)
    assert delayed(last, minute, "one") == last
