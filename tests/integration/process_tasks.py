"""The app of the tests that start worker processes and task processes."""

import os
import threading
import time

from qtasks import Ask, QueueTasks, ctx

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
