"""Child: the other end of the process executor, inside the spawned process."""

import importlib
import logging
import os
import pickle
import signal
import time
import traceback
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final, Self
from uuid import UUID

from qtasks import loops
from qtasks.abc.executor import Job
from qtasks.config import QueueConfig
from qtasks.context import CURRENT, Ask, Context
from qtasks.errors import AskTimeout, QtasksError, TaskNotRegistered, TaskProcessError
from qtasks.executors.coroutine import CoroutineExecutor
from qtasks.executors.thread import call_in_thread
from qtasks.task import RegisteredTask, RunningTask, TaskDefinition
from qtasks.task.submission import all_submitted

READY: Final = "ready"
"""The first thing a child says."""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """An attempt as it is sent to a child."""

    module: str
    qualname: str
    args: list[Any]
    kwargs: dict[str, Any]
    task_uuid: UUID
    attempt: int
    metadata: dict[str, str]
    max_result: int

    @classmethod
    def of(cls, job: Job) -> Self:
        """The facts of a job."""
        func = job.definition.func
        return cls(
            module=func.__module__,
            qualname=func.__qualname__,
            args=job.args[1:] if job.definition.echo else job.args,
            kwargs=job.kwargs,
            task_uuid=job.context.task_uuid,
            attempt=job.context.attempt,
            metadata=job.context.metadata,
            max_result=job.max_result,
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What a running task says: `yield`, `ask`, `log` or `progress`."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an `ask`."""

    value: Any = None
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the attempt ended."""

    value: Any = None
    error: BaseException | None = None


def child_main(pipe: Connection) -> None:
    """Run attempts one after another, until the pipe is closed."""
    # Who ends this process is its worker: a Ctrl-C is not meant for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # what it starts is killed with it
    pipe.send(READY)
    while True:
        try:
            facts: JobFacts = pipe.recv()
        except (EOFError, OSError):
            return
        outcome = _outcome(facts, pipe)
        try:
            pipe.send_bytes(ForkingPickler.dumps(outcome))
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001  # what can't be pickled raises anything
            pipe.send(Outcome(error=_portable(error)))


def _outcome(facts: JobFacts, pipe: Connection) -> Outcome:
    try:
        job = ChildJob(facts, pipe)
        CURRENT.set(job.context)
        if job.definition.awaiting:
            value = loops.run(_in_loop, job)
        else:
            value = call_in_thread(job, None)
    except BaseException as error:  # noqa: BLE001  # it is the task's outcome
        return Outcome(error=_portable(error))
    return Outcome(value=value)


async def _in_loop(job: "ChildJob") -> Any:
    value = await CoroutineExecutor().run(job)
    await all_submitted(job.context.submissions)
    return value


def _portable(error: BaseException) -> BaseException:
    """An error that survives the pipe, with its traceback as text."""
    text = "".join(traceback.format_exception(error))
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # we wrote it
    except Exception:  # noqa: BLE001  # user classes may fail in any way
        copy = None
    if not isinstance(copy, BaseException):
        error = TaskProcessError(f"{type(error).__qualname__}: {error}")
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.__dict__["qtasks_traceback"] = text
    return error


class ChildJob:
    """An attempt inside the child: what it says goes through the pipe."""

    stopped = False
    crowded = False  # a full pipe holds the child up

    def __init__(self, facts: JobFacts, pipe: Connection) -> None:
        task = _find_task(facts)
        self.definition: TaskDefinition = task.definition
        self.client: Any = task.client
        self.max_result = facts.max_result
        self.kwargs = facts.kwargs
        self._pipe = pipe
        self.context: Context = ChildContext(facts, self.definition.name, self)
        self.args = facts.args
        if self.definition.echo:
            running = RunningTask(task, task.client, self.context)
            self.args = [running, *facts.args]

    def say(self, kind: str, value: Any) -> int:
        """Send a message; its size in bytes."""
        data = ForkingPickler.dumps(Message(kind, value))
        self._pipe.send_bytes(data)
        return len(data)

    def emit(self, value: Any) -> int:
        """Send out a value; its size in bytes."""
        return self.say("yield", value)

    async def room(self) -> None:
        """There is always room: a full pipe holds the child up."""

    def wait_for_room(self) -> None:
        """There is always room: a full pipe holds the child up."""

    async def ask(self, ask: Ask) -> Any:
        """Ask, and wait for the answer; raises `AskTimeout`."""
        return self.wait_for_answer(ask)

    def wait_for_answer(self, ask: Ask) -> Any:
        """Ask, and wait for the answer; raises `AskTimeout`."""
        self.say("ask", ask)
        answer: Answer = self._pipe.recv()
        if answer.timed_out:
            raise AskTimeout
        return answer.value


def _find_task(facts: JobFacts) -> RegisteredTask[..., Any, Any]:
    found: Any = importlib.import_module(facts.module)
    for name in facts.qualname.split("."):
        found = getattr(found, name)
    if not isinstance(found, RegisteredTask):
        raise TaskNotRegistered(
            f"{facts.module}.{facts.qualname} is no task in a process of its own; "
            "decorate the function where it is defined"
        )
    return found


class _Done:
    """Awaited, is done."""

    def __await__(self) -> Generator[Any, Any, None]:
        return
        yield


class ChildContext(Context):
    """What a task sees in a process of its own."""

    def __init__(self, facts: JobFacts, name: str, job: ChildJob) -> None:
        self._facts = facts
        self._name = name
        self._job = job

    @property
    def task_uuid(self) -> UUID:
        """The task's id."""
        return self._facts.task_uuid

    @property
    def task_name(self) -> str:
        """The task's name."""
        return self._name

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self._facts.attempt

    @property
    def metadata(self) -> dict[str, str]:
        """The facts that travelled with the task."""
        return self._facts.metadata

    @property
    def cancelled(self) -> bool:
        """Never: the process is ended instead."""
        return False

    def log(
        self, message: str, *, level: int = logging.INFO, **fields: object
    ) -> Awaitable[None]:
        """Send a log line to everybody who watches."""
        texts = {key: str(value) for key, value in fields.items()}
        self._job.say("log", (str(message), level, texts))
        return _Done()

    def progress(
        self, done: float, total: float = 0, note: str = ""
    ) -> Awaitable[None]:
        """Tell everybody who watches how far the task is."""
        self._job.say("progress", (done, total, note))
        return _Done()

    def sleep(self, seconds: float) -> Any:
        """Wait."""
        time.sleep(seconds)  # noqa: TID251  # this process has nothing else to do
        return _Done()

    def get_config(self) -> Any:
        """The settings of the environment."""
        return QueueConfig.from_environment()

    def get_component(self, name: str) -> Any:
        """Refused: the components are in the worker."""
        raise QtasksError(
            f"{name!r} is in the worker, and this task in process {os.getpid()}, for it "
            "has executor='process': use executor='thread'"
        )

    def get_task(self, uuid: UUID | str) -> Any:
        """A task as it stands: the app of this process asks."""
        return self._job.client.get(uuid)
