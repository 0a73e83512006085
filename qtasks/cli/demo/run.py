"""One run of the demo over gRPC: submit, merge, and see every end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic

import anyio
import anyio.to_thread

from qtasks import v1
from qtasks.abc.broker import Broker, Subscription
from qtasks.cli.demo.files import walk
from qtasks.cli.demo.names import APP_NAME, MOST_TASKS, first_id, nth_id
from qtasks.cli.demo.paths import travelling
from qtasks.cli.demo.screen import Screen
from qtasks.cli.demo.seen import Seen
from qtasks.cli.facts import failure_line, value_of
from qtasks.errors import DeadlineExceeded, TaskFailed
from qtasks.transport.status import from_item
from qtasks.urls import broker_from_url

SUBMITTED_AT_ONCE = 256
WALKED_AT_ONCE = 512
MOST_FILES = MOST_TASKS - 1
"""One id is for the merge."""

START_SECONDS = 30.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do."""

    folder: Path
    workers: tuple[str, ...] = ("worker-1", "worker-2")
    limit: int = 10_000
    max_bytes: int = 1 << 30
    everything: bool = False


async def find_files(plan: Plan) -> Seen:
    """Find the files of the folder; the walk blocks, so a thread does it."""
    seen = Seen(plan.folder)
    walker = walk(plan.folder, everything=plan.everything)
    while True:
        batch = await anyio.to_thread.run_sync(
            lambda: list(islice(walker, WALKED_AT_ONCE))
        )
        for found in batch:
            seen.see_found(found, limit=plan.limit)
        if len(batch) < WALKED_AT_ONCE or seen.cut:
            return seen


async def measure_files(url: str, plan: Plan, seen: Seen, screen: Screen) -> None:
    """Have every file measured and all of them merged.

    Args:
        url: Where the broker is.
        plan: What to do.
        seen: The files; is told everything that happens.
        screen: Shows it.
    """
    async with broker_from_url(url) as broker:
        await _workers_ready(broker, plan.workers)
        async with broker.subscribe() as stream:
            run = _Run(broker, stream, seen, screen)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run.submit, plan.max_bytes)
                await run.listen()


async def _workers_ready(broker: Broker, workers: Sequence[str]) -> None:
    """Wait until the workers are connected, so that no figure counts their start."""
    with anyio.move_on_after(START_SECONDS):
        while True:
            answer = await broker.list_workers(v1.ListWorkersRequest(app=APP_NAME))
            if {worker.worker_id for worker in answer.workers} >= set(workers):
                return
            await anyio.sleep(LOOK_SECONDS)
    raise DeadlineExceeded(f"the workers were not ready within {START_SECONDS:g} s")


class _Run:
    """The tasks of one run."""

    def __init__(
        self, broker: Broker, stream: Subscription, seen: Seen, screen: Screen
    ) -> None:
        self._broker = broker
        self._stream = stream
        self._seen = seen
        self._screen = screen
        self._first = first_id()
        self._merge_id = str(nth_id(self._first, len(seen.files)))

    async def submit(self, max_bytes: int) -> None:
        """Submit a task for every file, then the one that merges them."""
        self._seen.first_submit = monotonic()
        for start in range(0, len(self._seen.files), SUBMITTED_AT_ONCE):
            files = self._seen.files[start : start + SUBMITTED_AT_ONCE]
            await self._store(
                [
                    _task(
                        str(nth_id(self._first, index)),
                        "measure",
                        travelling(found.path),
                        max_bytes,
                    )
                    for index, found in enumerate(files, start)
                ]
            )
            self._screen.moved(self._seen)
        merge = _task(self._merge_id, "merge", self._first, len(self._seen.files))
        merge.priority = -1  # it waits for the others, and shows how far they are
        answer = await self._broker.submit(v1.SubmitRequest(tasks=[merge]))
        _check(answer)
        follow = v1.Follow(id=self._merge_id)
        await self._stream.send(v1.SubscribeRequest(add=[follow]))

    async def _store(self, tasks: list[v1.TaskSubmit]) -> None:
        began = monotonic()
        for task in tasks:
            self._seen.sent[task.id] = began
        _check(await self._broker.submit(v1.SubmitRequest(tasks=tasks)))
        self._seen.submit_seconds += monotonic() - began
        self._seen.submitted += len(tasks)
        follows = [v1.Follow(id=task.id, finished_only=True) for task in tasks]
        await self._stream.send(v1.SubscribeRequest(add=follows))

    async def listen(self) -> None:
        """See what happens until the merge has ended and every file's end was seen."""
        merged = False
        while not merged or self._seen.sent:
            answer = await self._stream.receive()
            for refused in answer.errors:
                raise from_item(refused.error)
            now = monotonic()
            for event in answer.events:
                if event.task_id == self._merge_id:
                    merged = self._see_merge(event) or merged
                elif event.HasField("finished"):
                    self._seen.see_end(event.finished.status, now)
            self._screen.moved(self._seen)

    def _see_merge(self, event: v1.TaskEvent) -> bool:
        """Take in an event of the merge; say whether it was the last."""
        if event.HasField("progress"):
            self._screen.merging(event.progress)
        elif event.HasField("yielded"):
            self._seen.merged = value_of(event.yielded.value)
        elif event.HasField("finished"):
            status = event.finished.status
            if status.state != v1.TASK_STATE_SUCCESS:
                raise TaskFailed(f"the merge ended with {failure_line(status.failure)}")
            return True
        return False


def _task(task_id: str, name: str, *args: str | int) -> v1.TaskSubmit:
    return v1.TaskSubmit(
        id=task_id, app=APP_NAME, name=name, args=v1.Payload(json=json.dumps(args))
    )


def _check(answer: v1.SubmitResponse) -> None:
    for receipt in answer.receipts:
        if receipt.HasField("error"):
            raise from_item(receipt.error)
