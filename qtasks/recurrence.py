"""Recurrence: at which moments something happens again; the one place that knows.

Moments are aware datetimes in UTC, to the microsecond. Everything here is computed from
its arguments alone, so that every replica of a broker finds the same moments.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from qtasks.errors import InvalidField, OutOfRange

MIN_INTERVAL = timedelta(seconds=1)
"""The shortest interval."""
HORIZON = timedelta(days=40 * 366)
"""How far ahead a time is looked for; the 29th of February on one weekday is 40 years."""

_INSTANT = timedelta(microseconds=1)
_FIRST_WINDOW = timedelta(minutes=1)

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = ("second", "minute", "hour", "day", "month", "day_of_week")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(
    r"(?:\*|(?P<first>[a-z]+|\d+)(?:-(?P<last>[a-z]+|\d+))?)(?:/(?P<step>\d+))?"
)


class Times(Protocol):
    """Moments in order."""

    def after(self, moment: datetime) -> datetime | None:
        """The first one later than a moment; `None` when there is none any more."""


class CronTimes:
    """The moments of a cron expression, as the clocks of a time zone show them.

    As in crontab, weekday 0 and 7 are Sunday, and when both day and weekday are given it
    is enough that one of them fits. A moment that the clocks skip in spring comes when it
    would have without the change. One that they show twice in autumn comes once, the
    first time, unless the hours are `*` or `*/n`.

    Args:
        expression: Five fields (minute hour day month weekday), six with seconds first,
            or a nickname like `@daily`.
        time_zone: An IANA name; empty means UTC.
        field: How the expression is called where it comes from, for errors.

    Raises:
        InvalidField: the expression or the time zone can't be read.
    """

    def __init__(
        self, expression: str, time_zone: str = "", *, field: str = "cron"
    ) -> None:
        self._zone = zone_of(time_zone, f"{field}.time_zone")
        words = _NICKNAMES.get(expression.strip().lower(), expression).lower().split()
        if len(words) == len(_FIELDS) - 1:
            words.insert(0, "0")
        if len(words) != len(_FIELDS):
            raise InvalidField(
                f"{expression!r} is no cron expression: it has five fields (minute hour "
                "day month weekday), or six with seconds first",
                field=field,
            )
        given = dict(zip(_FIELDS, words, strict=True))
        self._every_hour = given["hour"].startswith("*")
        try:
            given["day_of_week"] = _weekdays(given["day_of_week"])
            self._triggers = [
                CronTrigger(timezone=self._zone, **fields)
                for fields in _alternatives(given)
            ]
        except (ValueError, TypeError) as error:
            raise InvalidField(
                f"{expression!r} is no cron expression: {error}", field=field
            ) from error

    def after(self, moment: datetime) -> datetime | None:
        """The first one later than a moment; `None` when there is none any more."""
        try:
            found = [self._next(trigger, moment) for trigger in self._triggers]
        except OverflowError:  # past the year 9999
            return None
        return min((one for one in found if one is not None), default=None)

    def _next(self, trigger: CronTrigger, moment: datetime) -> datetime | None:
        trigger.end_date = moment + HORIZON  # else it looks for a 30th of February
        while True:
            local = (moment + _INSTANT).astimezone(self._zone)
            found: datetime | None = trigger.get_next_fire_time(None, local)
            if found is None:
                return None
            # Through UTC and back: what the clocks skip becomes what they show instead.
            moment = found.astimezone(UTC)
            if self._every_hour or not _is_shown_again(moment.astimezone(self._zone)):
                return moment


class IntervalTimes:
    """Moments so far apart.

    In whole microseconds: the float seconds of APScheduler's trigger drift, and replicas
    must agree.

    Args:
        first: The first moment.
        interval: From one to the next.
        field: How the interval is called where it comes from, for errors.

    Raises:
        OutOfRange: the interval is shorter than a second.
    """

    def __init__(
        self, first: datetime, interval: timedelta, *, field: str = "interval"
    ) -> None:
        if interval < MIN_INTERVAL:
            raise OutOfRange(
                f"{field} must be at least 1 s, not {interval.total_seconds():g} s",
                field=field,
            )
        self._first = first
        self._interval = interval

    def after(self, moment: datetime) -> datetime | None:
        """The first one later than a moment; `None` past the year 9999."""
        if moment < self._first:
            return self._first
        passed = (moment - self._first) // self._interval
        try:
            return self._first + (passed + 1) * self._interval
        except OverflowError:
            return None


class OneTime:
    """A single moment."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def after(self, moment: datetime) -> datetime | None:
        """The moment, if it is later than another."""
        return self._moment if moment < self._moment else None


class Recurrence:
    """Moments between two bounds.

    Args:
        times: The moments.
        start: None is before this.
        end: None is after this.
    """

    def __init__(
        self,
        times: Times,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> None:
        self._times = times
        self._start = start
        self._end = end

    def after(self, moment: datetime) -> datetime | None:
        """The first one later than a moment; `None` when there is none any more."""
        if self._start is not None and moment < self._start:
            moment = self._start - _INSTANT
        found = self._times.after(moment)
        if found is None or (self._end is not None and found > self._end):
            return None
        return found

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Those later than `after` and not later than `until`, in order."""
        found = self.after(after)
        while found is not None and found <= until:
            yield found
            found = self.after(found)

    def newest(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        """The last of those between two moments, in order, at most `most`.

        Of very many it finds fewer than `most`, so that a year of seconds that were
        missed is not counted one by one.
        """
        found = list(islice(self.between(after, until), most + 1))
        if len(found) <= most:
            return found
        window, newest = _FIRST_WINDOW, list[datetime]()
        while until - window > after:
            found = list(islice(self.between(until - window, until), most + 1))
            if len(found) > most:
                break
            window, newest = 2 * window, found
        start = max(after, until - window)
        return newest or list(deque(self.between(start, until), maxlen=most))


def delayed(moment: datetime, jitter: timedelta, name: str) -> datetime:
    """A moment moved later by up to `jitter`, the same for all who know the name."""
    if not jitter:
        return moment
    said = f"{name}\0{moment.astimezone(UTC).isoformat()}".encode()
    share = int.from_bytes(blake2b(said, digest_size=8).digest()) / (1 << 64)
    try:
        return moment + timedelta(microseconds=int(share * (jitter // _INSTANT)))
    except OverflowError:  # past the year 9999
        return moment


def zone_of(name: str, field: str = "time_zone") -> ZoneInfo:
    """A time zone by its IANA name; empty means UTC.

    Raises:
        InvalidField: there is none of this name.
    """
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:
        raise InvalidField(
            f"there is no time zone {name!r}; write it like Europe/Berlin",
            field=field,
        ) from error


def _alternatives(fields: dict[str, str]) -> list[dict[str, str]]:
    """The fields as they stand; twice when a day or a weekday is enough."""
    day, weekday = fields["day"], fields["day_of_week"]
    if day.startswith("*") or weekday.startswith("*"):
        return [fields]
    return [fields | {"day_of_week": "*"}, fields | {"day": "*"}]


def _weekdays(text: str) -> str:
    """The weekdays of a crontab by name: their numbers differ from APScheduler's."""
    if text == "*":
        return text
    days = {day % 7 for part in text.split(",") for day in _weekdays_of(part)}
    return ",".join(_WEEKDAYS[day] for day in sorted(days))


def _weekdays_of(part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"{part!r} is no weekday")
    step = int(match["step"] or 1)
    if step < 1:
        raise ValueError("a step must be at least 1")
    if match["first"] is None:
        return range(0, 7, step)
    first = last = _weekday(match["first"])
    if match["last"] is not None:
        last = _weekday(match["last"])
    elif match["step"]:
        last = 6
    return range(first, (last if last >= first else last + 7) + 1, step)


def _weekday(word: str) -> int:
    if word in _WEEKDAYS:
        return _WEEKDAYS.index(word)
    if not word.isdigit() or int(word) > 7:  # noqa: PLR2004  # Sunday again
        raise ValueError(f"{word!r} is no weekday")
    return int(word)


def _is_shown_again(local: datetime) -> bool:
    """Whether the clocks showed this an hour before already."""
    return bool(local.fold) and local.utcoffset() != local.replace(fold=0).utcoffset()
