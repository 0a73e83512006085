"""The app of the tests that start worker processes and task processes."""

import os
import threading
import time
from typing import Any

from qtasks import Ask, QueueTasks, ctx
from qtasks.executors import SyncTaskExecutor
from qtasks.middlewares import TaskMiddleware

app = QueueTasks("processes")


@app.task
def pid():
    return os.getpid()


@app.task
async def block_the_loop(seconds):
    time.sleep(seconds)  # noqa: ASYNC251, TID251  # what users do and should not
    return "still here"


@app.task
def hold(seconds):
    ctx.progress(0, 1, "begun")
    threading.Event().wait(seconds)
    return "done"


@app.task(executor="process")
def isolated_pid():
    ctx.log("here", pid=os.getpid())
    ctx.progress(1, 2)
    return os.getpid()


@app.task(executor="process")
async def isolated_coroutine(value):
    return value


@app.task(executor="process")
def isolated_failure():
    raise ValueError("no")


@app.task(executor="process", retry=1, retry_backoff=0)
def isolated_crash():
    os._exit(7)


@app.task(executor="process", max_time=0.5)
def isolated_hang():
    threading.Event().wait()


@app.task(executor="process")
def isolated_wait():
    ctx.progress(0, 1, "begun")
    threading.Event().wait()


@app.task(executor="process", generate_handler=lambda value: value * 10)
def isolated_generator(number):
    total = 0
    for one in range(number):
        total += yield one
    answer = yield Ask("and?")
    return [total, answer]


@app.task(executor="process", echo=True)
def isolated_echo(self, number):
    return [self.task_name, self.ctx.attempt, number]


@app.task(executor="process")
def isolated_lambda():
    return lambda: None


class Apart(SyncTaskExecutor):
    place = "process"

    def run_task(self) -> Any:
        return [os.getpid(), super().run_task()]


@app.task(executor=Apart)
def isolated_by_executor():
    return os.getpid()


class Locked(TaskMiddleware):
    def __call__(self) -> None:
        self.task_executor.kwargs["value"] = threading.Lock()


class Tens(TaskMiddleware):
    def __call__(self) -> None:
        self.task_executor.result = [self.task_executor.result, os.getpid()]


@app.task(executor="process", middlewares_before=[Locked])
def isolated_lock(value=None):
    return value is None


@app.task(executor="process", middlewares_after=[Tens])
def isolated_within():
    return os.getpid()


@app.task(executor="process")
def isolated_component():
    return ctx.get_component("broker")
