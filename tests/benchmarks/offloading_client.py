"""The program that offloads: the same for both, whose calls have the same names.

    python offloading_client.py qtasks.tasks tests.benchmarks.offloading_app

The first argument is the module of the calls, the second what is imported before. It
reads lines of `[program, count]`, runs each to its end, and writes how many seconds it
took to submit, and until all results were there. It may run in an environment without
qtasks, so it imports nothing of it.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any
from uuid import uuid4

FUNC = "math.floor"
FOR_EVER = -1
CACHED = 600

Program = Callable[[Any, int], tuple[float, float]]


def alone(tasks: Any, count: int) -> tuple[float, float]:
    """One call after the other, each finding its broker itself."""
    return _singles(tasks, count)


def shared(tasks: Any, count: int) -> tuple[float, float]:
    """One call after the other through one broker handle."""
    return _singles(tasks, count, broker=tasks.get_broker())


def waited(tasks: Any, count: int) -> tuple[float, float]:
    """Each call is waited for before the next."""
    broker = tasks.get_broker()
    begun = time.perf_counter()
    for number in range(count):
        task_id = tasks.async_task(FUNC, number, broker=broker, cached=CACHED)
        assert tasks.result(task_id, FOR_EVER, cached=True) == number
    taken = time.perf_counter() - begun
    return taken, taken


def grouped(tasks: Any, count: int) -> tuple[float, float]:
    """Calls with a label, and the results of the label."""
    begun = time.perf_counter()
    group = _group(tasks, count, tasks.get_broker())
    return _group_ended(tasks, group, count, begun)


def batched(tasks: Any, count: int) -> tuple[float, float]:
    """One call after the other, stored behind the calls."""
    begun = time.perf_counter()
    with tasks.batch() as broker:
        ids = _ids(tasks, count, broker=broker)
    return _ended(tasks, ids, begun)


def batched_group(tasks: Any, count: int) -> tuple[float, float]:
    """Calls with a label, stored behind the calls, and the results of the label."""
    begun = time.perf_counter()
    with tasks.batch() as broker:
        group = _group(tasks, count, broker)
    return _group_ended(tasks, group, count, begun)


def iterated(tasks: Any, count: int) -> tuple[float, float]:
    """Many calls by one, and their results as one."""
    begun = time.perf_counter()
    iter_id = tasks.async_iter(FUNC, list(range(count)), cached=CACHED)
    submitted = time.perf_counter() - begun
    results = tasks.result(iter_id, FOR_EVER, cached=True)
    taken = time.perf_counter() - begun
    assert sorted(results) == list(range(count))
    return submitted, taken


def iterated_group(tasks: Any, count: int) -> tuple[float, float]:
    """Many calls by one, and their results as those of a group."""
    begun = time.perf_counter()
    iter_id = tasks.async_iter(FUNC, list(range(count)), cached=CACHED)
    submitted = time.perf_counter() - begun
    results = tasks.result_group(iter_id, wait=FOR_EVER, count=count)
    taken = time.perf_counter() - begun
    assert sorted(results) == list(range(count))
    return submitted, taken


def _singles(tasks: Any, count: int, **options: Any) -> tuple[float, float]:
    begun = time.perf_counter()
    return _ended(tasks, _ids(tasks, count, **options), begun)


def _ids(tasks: Any, count: int, **options: Any) -> list[str]:
    return [
        tasks.async_task(FUNC, number, cached=CACHED, **options)
        for number in range(count)
    ]


def _ended(tasks: Any, ids: list[str], begun: float) -> tuple[float, float]:
    submitted = time.perf_counter() - begun
    results = [tasks.result(task_id, FOR_EVER, cached=True) for task_id in ids]
    taken = time.perf_counter() - begun
    assert results == list(range(len(ids)))
    return submitted, taken


def _group(tasks: Any, count: int, broker: Any) -> str:
    group = uuid4().hex
    for number in range(count):
        tasks.async_task(FUNC, number, broker=broker, group=group)
    return group


def _group_ended(
    tasks: Any, group: str, count: int, begun: float
) -> tuple[float, float]:
    submitted = time.perf_counter() - begun
    results = tasks.result_group(group, wait=FOR_EVER, count=count)
    taken = time.perf_counter() - begun
    assert sorted(results) == list(range(count))
    return submitted, taken


PROGRAMS: dict[str, Program] = {
    one.__name__: one
    for one in (
        alone,
        shared,
        waited,
        grouped,
        batched,
        batched_group,
        iterated,
        iterated_group,
    )
}


def main() -> None:
    """Run programs as lines come."""
    module, prepare = sys.argv[1:]
    import_module(prepare)
    tasks = import_module(module)
    for line in sys.stdin:
        program, count = json.loads(line)
        print(json.dumps(PROGRAMS[program](tasks, count)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
