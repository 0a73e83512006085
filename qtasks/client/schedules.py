"""Schedules of an app: tasks that the broker submits again and again.

    await app.schedules.create("report", "send_report", cron="0 8 * * mon-fri",
                               time_zone="Europe/Berlin")
    await app.schedules.create("tidy", tidy(days=30), every=timedelta(hours=6))

The broker keeps them and fires once for each of their times, however many replicas of it
run, and whether or not the program that made them still does. `qtasks.timers` is the
other way: there the program itself is the clock.
"""

import builtins
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from qtasks import v1
from qtasks.client.blocking import BlockingApp
from qtasks.client.calls import Calls
from qtasks.client.requests import moment, task_submit
from qtasks.errors import InvalidField
from qtasks.handle import SyncTaskHandle, TaskHandle
from qtasks.task import Seconds, TaskCall
from qtasks.task.wire import duration

Overlap = Literal["skip", "allow", "cancel"]
CatchUp = Literal["latest", "none", "all"]

# The wire has them in this order.
_OVERLAPS: Final[tuple[str, ...]] = get_args(Overlap)
_CATCH_UPS: Final[tuple[str, ...]] = get_args(CatchUp)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A task that the broker submits again and again, as it stood when it was asked for.

    Exactly one of `cron`, `every` and `at` is set. Moments are in UTC.
    """

    name: str
    task_name: str
    args: list[Any]
    kwargs: dict[str, Any]
    cron: str | None = None
    """Its times as a cron expression, by the clocks of `time_zone`."""
    time_zone: str = "UTC"
    every: timedelta | None = None
    """From one of its times to the next."""
    at: datetime | None = None
    """Its only time."""
    jitter: timedelta = timedelta()
    """Each time is moved by up to this much."""
    overlap: Overlap = "skip"
    catch_up: CatchUp = "latest"
    start: datetime | None = None
    end: datetime | None = None
    paused: bool = False
    next_time: datetime | None = None
    """When it fires next; `None` when it never does any more."""
    last_time: datetime | None = None
    """When it submitted its task last."""
    last_task_uuid: UUID | None = None
    fired_total: int = 0
    """How often it submitted its task."""
    skipped_total: int = 0
    """How many of its times were skipped, missed or refused."""
    created_at: datetime | None = None


class Schedules:
    """The schedules of an app, to be awaited.

    Every method raises `BrokerUnavailable` when there is no broker.
    """

    def __init__(self, app: Calls) -> None:
        self._app = app

    async def create(
        self,
        name: str,
        task: Any,
        /,
        *args: Any,
        cron: str | None = None,
        every: Seconds | None = None,
        at: datetime | None = None,
        time_zone: str | ZoneInfo | None = None,
        jitter: Seconds | None = None,
        overlap: Overlap = "skip",
        catch_up: CatchUp = "latest",
        start: datetime | None = None,
        end: datetime | None = None,
        paused: bool = False,
        replace: bool = False,
        **kwargs: Any,
    ) -> Schedule:
        """Have the broker submit a task again and again.

        Creating the same schedule again changes nothing, so a program may do so each
        time it starts.

        Args:
            name: Its name, one of its kind in the app.
            task: A task's name, a task, or a call (`task(...)`).
            *args: The task's arguments.
            cron: When, as in crontab: minute hour day month weekday, or six fields with
                seconds first. A time that clocks skip comes an hour later; one that they
                show twice comes once.
            every: How often, at least 1 s; first after this long, or at `start`.
            at: Once, at this moment; at once if it has passed.
            time_zone: Whose clocks `cron` means, and an `at` without a zone; else UTC
                for `cron`, and local time for `at`.
            jitter: Each time is moved later by up to this much, at most a day.
            overlap: What happens at a time while the task before has not ended: the
                time is skipped (`skip`), the task is submitted all the same (`allow`),
                or the one before is cancelled first (`cancel`).
            catch_up: What becomes of times that passed while no broker ran or it was
                paused: the `latest` is made up for, `none`, or `all` (at most 1,000).
            start: No times before this moment.
            end: No times after this moment.
            paused: Wait for `resume`.
            replace: Replace a different one of the same name; its totals go on.
            **kwargs: Submit options (see `SubmitOptions`) that hold for every time, and
                the task's named arguments. Where a name is taken here, give a call.

        Raises:
            ScheduleExists: a different one has the name.
            InvalidField: the times, or the task, can't be as asked.
        """
        schedule = v1.Schedule(
            app=self._app.name,
            name=name,
            task=self._task(task, args, kwargs),
            overlap=_chosen(_OVERLAPS, overlap, "overlap"),  # type: ignore[arg-type]
            catch_up=_chosen(_CATCH_UPS, catch_up, "catch_up"),  # type: ignore[arg-type]
            paused=paused,
        )
        _set_when(schedule, cron, every, at, time_zone)
        if jitter is not None:
            schedule.jitter.CopyFrom(duration(jitter, "jitter"))
        if start is not None:
            schedule.start_time.CopyFrom(moment(start, "start"))
        if end is not None:
            schedule.end_time.CopyFrom(moment(end, "end"))
        request = v1.CreateScheduleRequest(schedule=schedule, replace=replace)
        return self._read((await self._ask("create_schedule", request)).schedule)

    async def get(self, name: str) -> Schedule:
        """A schedule as it stands; raises `ScheduleNotFound`."""
        request = v1.GetScheduleRequest(app=self._app.name, name=name)
        return self._read((await self._ask("get_schedule", request)).schedule)

    async def upcoming(self, name: str, count: int = 10) -> builtins.list[datetime]:
        """When a schedule fires next; raises `ScheduleNotFound`."""
        request = v1.GetScheduleRequest(app=self._app.name, name=name, upcoming=count)
        answer = await self._ask("get_schedule", request)
        return [stamp.ToDatetime(tzinfo=UTC) for stamp in answer.upcoming]

    async def list(self) -> list[Schedule]:
        """The app's schedules by name."""
        return [self._read(one) async for one in self._pages()]

    async def _pages(self) -> AsyncIterator[v1.Schedule]:
        request = v1.ListSchedulesRequest(app=self._app.name)
        while True:
            answer = await self._ask("list_schedules", request)
            for one in answer.schedules:
                yield one
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    async def pause(self, name: str) -> Schedule:
        """Let a schedule fire no more; raises `ScheduleNotFound`."""
        request = v1.PauseScheduleRequest(app=self._app.name, name=name)
        return self._read((await self._ask("pause_schedule", request)).schedule)

    async def resume(self, name: str) -> Schedule:
        """Let a schedule fire again; `catch_up` says what becomes of times since.

        Raises:
            ScheduleNotFound: there is none of the name.
        """
        request = v1.ResumeScheduleRequest(app=self._app.name, name=name)
        return self._read((await self._ask("resume_schedule", request)).schedule)

    async def delete(self, name: str) -> None:
        """Forget a schedule; its tasks stay. Raises `ScheduleNotFound`."""
        request = v1.DeleteScheduleRequest(app=self._app.name, name=name)
        await self._ask("delete_schedule", request)

    async def run_now(self, name: str) -> TaskHandle[Any]:
        """Submit a schedule's task now, beside its times; raises `ScheduleNotFound`."""
        request = v1.RunScheduleRequest(app=self._app.name, name=name)
        answer = await self._ask("run_schedule", request)
        return TaskHandle(self._app, await self._app.status(answer.task_id))

    async def _ask(self, method: str, request: Any) -> Any:
        broker = (await self._app.home.open()).broker
        return await self._app.home.call(getattr(broker, method), request)

    def _task(
        self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> v1.TaskSubmit:
        call: TaskCall[Any] = self._app.call(task, args, kwargs)
        for option in ("task_uuid", "eta", "delay", "expires", "deadline"):
            if getattr(call.options, option) is not None:
                raise InvalidField(
                    f"{option} would be the same for every time; leave it out",
                    field=option,
                )
        submit = task_submit(
            call,
            app=self._app.name,
            default_priority=self._app.config.task_default_priority,
            serializer=self._app.serializer,
        )
        submit.ClearField("id")
        return submit

    def _read(self, schedule: v1.Schedule) -> Schedule:
        task, decode = schedule.task, self._app.serializer.decode
        when = schedule.WhichOneof("when")
        last = schedule.last_task_id
        return Schedule(
            name=schedule.name,
            task_name=task.name,
            args=list(decode(task.args)) if task.HasField("args") else [],
            kwargs=dict(decode(task.kwargs)) if task.HasField("kwargs") else {},
            cron=schedule.cron.expression if when == "cron" else None,
            time_zone=schedule.cron.time_zone or "UTC",
            every=schedule.interval.ToTimedelta() if when == "interval" else None,
            at=_moment(schedule, "once"),
            jitter=schedule.jitter.ToTimedelta(),
            overlap=_OVERLAPS[schedule.overlap],  # type: ignore[arg-type]
            catch_up=_CATCH_UPS[schedule.catch_up],  # type: ignore[arg-type]
            start=_moment(schedule, "start_time"),
            end=_moment(schedule, "end_time"),
            paused=schedule.paused,
            next_time=_moment(schedule, "next_time"),
            last_time=_moment(schedule, "last_time"),
            last_task_uuid=UUID(last) if last else None,
            fired_total=schedule.fired_total,
            skipped_total=schedule.skipped_total,
            created_at=_moment(schedule, "create_time"),
        )


class BlockingSchedules:
    """The schedules of an app, for code without an event loop.

    The same calls as `Schedules` has.
    """

    def __init__(self, app: BlockingApp, origin: Schedules) -> None:
        self._app = app
        self._origin = origin

    def create(self, name: str, task: Any, /, *args: Any, **kwargs: Any) -> Schedule:
        """Have the broker submit a task again and again; see `Schedules.create`."""
        create = partial(self._origin.create, name, task, *args, **kwargs)
        made: Schedule = self._app.call(create)
        return made

    def get(self, name: str) -> Schedule:
        """A schedule as it stands; raises `ScheduleNotFound`."""
        found: Schedule = self._app.call(self._origin.get, name)
        return found

    def upcoming(self, name: str, count: int = 10) -> builtins.list[datetime]:
        """When a schedule fires next; raises `ScheduleNotFound`."""
        moments: list[datetime] = self._app.call(self._origin.upcoming, name, count)
        return moments

    def list(self) -> builtins.list[Schedule]:
        """The app's schedules by name."""
        found: list[Schedule] = self._app.call(self._origin.list)
        return found

    def pause(self, name: str) -> Schedule:
        """Let a schedule fire no more; raises `ScheduleNotFound`."""
        paused: Schedule = self._app.call(self._origin.pause, name)
        return paused

    def resume(self, name: str) -> Schedule:
        """Let a schedule fire again; see `Schedules.resume`."""
        resumed: Schedule = self._app.call(self._origin.resume, name)
        return resumed

    def delete(self, name: str) -> None:
        """Forget a schedule; its tasks stay. Raises `ScheduleNotFound`."""
        self._app.call(self._origin.delete, name)

    def run_now(self, name: str) -> SyncTaskHandle[Any]:
        """Submit a schedule's task now, beside its times; raises `ScheduleNotFound`."""
        return SyncTaskHandle(self._app, self._app.call(self._origin.run_now, name))


def _chosen(words: tuple[str, ...], word: str, field: str) -> int:
    """The place of a word among those there are."""
    if word not in words:
        raise InvalidField(
            f"{field} must be one of {', '.join(words)}, not {word!r}", field=field
        )
    return words.index(word)


def _set_when(
    schedule: v1.Schedule,
    cron: str | None,
    every: Seconds | None,
    at: datetime | None,
    time_zone: str | ZoneInfo | None,
) -> None:
    if sum(one is not None for one in (cron, every, at)) != 1:
        raise InvalidField("say when: one of cron, every and at", field="cron")
    if cron is not None:
        schedule.cron.expression = cron
        schedule.cron.time_zone = str(time_zone or "")
    elif every is not None:
        if time_zone is not None:
            raise InvalidField("every has no use for a time zone", field="time_zone")
        schedule.interval.CopyFrom(duration(every, "every"))
    elif at is not None:
        if time_zone is not None and at.tzinfo is None:
            at = at.replace(tzinfo=_zone(time_zone))
        schedule.once.CopyFrom(moment(at, "at"))


def _zone(time_zone: str | ZoneInfo) -> ZoneInfo:
    if isinstance(time_zone, ZoneInfo):
        return time_zone
    from qtasks.recurrence import zone_of  # noqa: PLC0415  # not by every program

    return zone_of(time_zone)


def _moment(schedule: v1.Schedule, field: Any) -> datetime | None:
    if not schedule.HasField(field):
        return None
    found: datetime = getattr(schedule, field).ToDatetime(tzinfo=UTC)
    return found
