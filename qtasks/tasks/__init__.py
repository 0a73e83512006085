"""Offload any function, the way Django Q users know it: `async_task` and friends.

    from qtasks.tasks import async_task, result

    task_id = async_task("math.copysign", 2, -2)
    print(result(task_id, wait=1000))

The calls are thin over the app's own: a function is submitted as the task it is
registered as, else as a call of `qtasks.call`, which a worker runs when its settings
allow the function's path (`importable`). Groups are groups, chains wait for one another,
hooks are tasks that wait for the task, and what is waited for is pushed.

They are for code without an event loop and block for as long as a submit takes; in
coroutines use the app itself. With an asynchronous app they refuse to block one.
"""

from qtasks.tasks.handles import AsyncTask, Chain, Iter
from qtasks.tasks.offload import async_chain, async_iter, async_task, batch, get_broker
from qtasks.tasks.records import Failure, Success, Task
from qtasks.tasks.results import (
    count_group,
    delete_cached,
    delete_group,
    fetch,
    fetch_group,
    queue_size,
    result,
    result_group,
)
from qtasks.tasks.settings import Settings, configure

__all__ = [
    "AsyncTask",
    "Chain",
    "Failure",
    "Iter",
    "Settings",
    "Success",
    "Task",
    "async_chain",
    "async_iter",
    "async_task",
    "batch",
    "configure",
    "count_group",
    "delete_cached",
    "delete_group",
    "fetch",
    "fetch_group",
    "get_broker",
    "queue_size",
    "result",
    "result_group",
]
