"""Allowing: what live workers said of the paths they may import."""

import json
import time
from typing import Any, Final
from weakref import WeakKeyDictionary

from qtasks import v1
from qtasks.errors import TaskNameUnknown
from qtasks.tasks.paths import check_allowed

FRESH: Final = 5.0
"""Seconds for which an answer is used again."""

NOTHING: Final = "(?!)"
"""The pattern of a worker that calls nothing by its path."""

_PATTERNS: "WeakKeyDictionary[Any, dict[str, tuple[float, str]]]" = WeakKeyDictionary()


def check_with_workers(app: Any, task: str, path: str) -> None:
    """Refuse a path that live workers do not allow.

    Where no worker lives, nothing is known: the task is stored, and the worker that gets
    it decides. So it does in any case. Where workers live that call nothing by its path,
    every path is refused.

    Args:
        app: The asynchronous app.
        task: The name of the task that would call it.
        path: The path.

    Raises:
        PathRefused: it is not allowed.
    """
    patterns = _PATTERNS.setdefault(app, {})
    now = time.monotonic()
    known = patterns.get(task)
    if known is None or now - known[0] > FRESH:
        known = now, app.blocking.call(_pattern, app, task)
        patterns[task] = known
    if known[1]:
        check_allowed(path, known[1])


async def _pattern(app: Any, task: str) -> str:
    """What paths may be, as the last worker said; empty when none lives."""
    broker = (await app.home.open()).broker
    request = v1.InspectTaskRequest(app=app.name, name=task)
    try:
        found = await app.home.call(broker.inspect_task, request)
    except TaskNameUnknown:
        workers = v1.ListWorkersRequest(app=app.name)
        live = (await app.home.call(broker.list_workers, workers)).workers
        return NOTHING if live else ""
    if not found.workers:
        return ""
    properties = json.loads(found.task.json_schema).get("properties", {})
    return str(properties.get("path", {}).get("pattern", ""))
