"""AsyncTimer and SyncTimer: a program that submits tasks at certain times.

Any trigger of APScheduler says when:

    timer = AsyncTimer(app=app)
    timer.add_task("test", trigger=CronTrigger(second="*/10"))
    timer.run_forever()
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Mapping
from typing import Any

import anyio
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from qtasks import loops
from qtasks.abc.component import expect, expect_maybe
from qtasks.abc.timer import Timer
from qtasks.background import Background
from qtasks.colours import called
from qtasks.config import QueueConfig
from qtasks.errors import DuplicateTask, InvalidField, WrongComponent

logger = logging.getLogger(__name__)

SUBMITS_END_WITHIN = 5.0
"""Seconds that submits under way get when the timer stops."""

_JOBS = {
    "coalesce": True,  # times that passed while the machine slept are one
    "misfire_grace_time": 60,
    "max_instances": 100,  # with a timeout, each waits for its task's end
}


class AsyncTimer(Timer):
    """Submits an app's tasks at certain times, while it runs.

    The app may be of either kind. Any trigger of APScheduler says when; its weekdays count
    from Monday. A submit that fails is logged, and the next one comes at its time.

    Each timer submits by itself: N processes with the same timer submit N times. For tasks
    that are to be submitted once however many processes run, and for times that must not
    be missed while a program is down, use schedules: `app.schedules.create(...)`.

    Args:
        app: The app whose tasks it submits.
        log: Where it logs to; a `logging.Logger`.
        config: Settings of its own, instead of the app's.

    Raises:
        WrongComponent: an argument is something else.
    """

    def __init__(
        self, app: Any, log: Any = None, config: QueueConfig | None = None
    ) -> None:
        place = f"{type(self).__name__}({{}}=)".format
        if not callable(getattr(app, "add_task", None)):
            raise WrongComponent(
                f"{place('app')} takes a QueueTasks app, not the {type(app).__name__} "
                f"{app!r}",
                field="app",
            )
        self.app = app
        self.log = log or logger
        self.config = expect_maybe(config, QueueConfig, place("config")) or app.config
        self.scheduler = AsyncIOScheduler(job_defaults=_JOBS)
        """What keeps the times; a scheduler of APScheduler."""
        self._jobs: dict[str, Job] = {}
        self._known: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._under_way = 0
        self._idle = anyio.Event()
        self._stopped: anyio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def tasks(self) -> Mapping[str, Job]:
        """The jobs by the name of their task; further ones of a name have a number."""
        return self._jobs

    def add_task(
        self,
        *args: Any,
        trigger: BaseTrigger,
        task_name: Any = None,
        priority: int | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Job:
        """Submit a task at the times of a trigger from now on.

        Args:
            *args: The task, unless `task_name` names it, and its arguments.
            trigger: Any trigger of APScheduler.
            task_name: The task: its name, the task itself, or a call (`task(...)`).
            priority: Instead of the task's own.
            timeout: Wait so many seconds for each task's end, which the log then tells.
            **kwargs: Submit options and the task's named arguments.

        Returns:
            The job, to pause, change or remove it by.

        Raises:
            DuplicateTask: the timer has the same task with the same arguments.
            WrongComponent: `trigger` is no trigger of APScheduler.
            InvalidField: no task is named.
        """
        expect(trigger, BaseTrigger, "add_task(trigger=)")
        if task_name is None:
            if not args:
                raise InvalidField("say which task: its name first", field="task_name")
            task_name, *rest = args
            args = tuple(rest)
        name = self._name_of(task_name)
        options = {"priority": priority, "timeout": timeout}
        given = {key: value for key, value in options.items() if value is not None}
        job_id = self._take_id(name, (name, args, kwargs | given))
        job = self.scheduler.add_job(
            self._submit,
            trigger=trigger,
            args=(name, task_name, args, kwargs | given),
            id=job_id,
            name=name,
        )
        self._jobs[job_id] = job
        return job

    def _name_of(self, task: Any) -> str:
        if not isinstance(task, str):
            name = getattr(task, "task_name", task)
            return expect(name, str, "add_task(task_name=)")
        if task not in self.app.tasks:
            self.log.warning(
                "the app of this timer has no such task; others may",
                extra={"task": task},
            )
        return task

    def _take_id(
        self, name: str, call: tuple[str, tuple[Any, ...], dict[str, Any]]
    ) -> str:
        if call in self._known:
            raise DuplicateTask(
                f"the timer has the task {name!r} with these arguments already; give "
                "it one trigger for all times: OrTrigger([...])",
                name=name,
            )
        self._known.append(call)
        number = sum(known[0] == name for known in self._known)
        return name if number == 1 else f"{name}-{number}"

    async def _submit(
        self, name: str, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._under_way += 1
        try:
            handle = await called(
                self.app.add_task, task, *args, offload=True, **kwargs
            )
        except Exception:
            self.log.exception("timer could not submit", extra={"task": name})
        else:
            self.log.info("timer submitted", extra=_told(name, handle))
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    # -- running ----------------------------------------------------------------------

    def run_forever(self) -> None:
        """Submit until SIGTERM, SIGINT or `stop`; then the app is let go of."""
        loops.run(self._main)

    async def _main(self) -> None:
        try:
            async with Background() as tasks:
                if threading.current_thread() is threading.main_thread():
                    await tasks.start(self._obey_signals, name="signals")
                await self.run()
        finally:
            with anyio.CancelScope(shield=True):
                await called(self.app.stop, offload=True)

    async def run(self) -> None:
        """Submit until `stop`, in this event loop; the app stays open."""
        self._loop = asyncio.get_running_loop()
        self._stopped = anyio.Event()
        self.scheduler.start()
        self.log.info("timer runs", extra={"tasks": list(self._jobs)})
        try:
            await self._stopped.wait()
            self.scheduler.pause()
            with anyio.move_on_after(SUBMITS_END_WITHIN):
                while self._under_way:
                    self._idle = anyio.Event()
                    await self._idle.wait()
        finally:
            self._stopped = None
            self.scheduler.shutdown(wait=False)
            with anyio.CancelScope(shield=True):
                await (
                    anyio.lowlevel.checkpoint()
                )  # it shuts down in the loop's next turn
            self.log.info("timer stopped")

    async def _obey_signals(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                self.stop()

    def stop(self) -> None:
        """Let `run_forever` or `run` return; from any thread."""
        loop, stopped = self._loop, self._stopped
        if loop is not None and stopped is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stopped.set)


class SyncTimer(AsyncTimer):
    """The same timer, under the name that goes with a synchronous app."""


def _told(name: str, handle: Any) -> dict[str, Any]:
    if handle is None:
        return {"task": name, "task_id": None, "status": "not ended in time"}
    return {"task": name, "task_id": str(handle.uuid), "status": handle.status}
