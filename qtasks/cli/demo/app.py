"""The demo's app: what its workers do, written as any user would write it."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

import anyio

from qtasks.asyncio import QueueTasks
from qtasks.cli.demo.files import measure, reason
from qtasks.cli.demo.merging import Merger
from qtasks.cli.demo.names import APP_NAME, nth_id
from qtasks.cli.demo.paths import path_of
from qtasks.context import ctx

MERGED_AT_ONCE = 32

app = QueueTasks(name=APP_NAME)


@app.task(name="measure", max_time=300, description="Measure a file")
def measure_file(path: str, max_bytes: int) -> dict[str, Any]:
    """Measure a file; one that can't be read fails its own task and no other."""
    try:
        return asdict(measure(path_of(path), max_bytes=max_bytes))
    except OSError as error:
        raise type(error)(reason(error)) from error  # the path is known already


@app.task(name="merge", description="Merge what was measured of many files")
async def merge(first_id: str, count: int) -> AsyncIterator[dict[str, Any]]:
    """Merge what the tasks of a run return, as they end; the last value is the whole.

    The ids of a run follow each other, so the first one names them all.
    """
    merger = Merger()
    for start in range(0, count, MERGED_AT_ONCE):
        stop = min(start + MERGED_AT_ONCE, count)
        ids = [nth_id(first_id, index) for index in range(start, stop)]
        for task in await _ended(ids):
            path = task.args[0]
            if task.status == "success":
                merger.add(path, task.returning)
            else:
                failure = task.failure.message if task.failure else task.cancel_reason
                merger.add_problem(path, failure or task.status)
        await ctx.progress(stop, count, f"merged {merger.bytes:,} bytes")
        yield merger.partial()
    yield merger.result()


async def _ended(ids: list[UUID]) -> list[Any]:
    """Wait for tasks together; their order stays."""
    ended: dict[UUID, Any] = {}

    async def wait(uuid: UUID) -> None:
        ended[uuid] = await app.wait(uuid)

    async with anyio.create_task_group() as tasks:
        for uuid in ids:
            tasks.start_soon(wait, uuid)
    return [ended[uuid] for uuid in ids]
