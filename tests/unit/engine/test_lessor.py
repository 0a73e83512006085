"""Sessions end when they should: not by a late end, and not unnoticed."""

from dataclasses import replace

import anyio
import pytest

from qtasks import v1
from qtasks.brokers.local import LocalBroker
from qtasks.errors import SessionLost
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import FAST, ended, submit_one
from qtasks.testing.scripted_worker import ScriptedWorker

SESSION = "0198aaaa-0000-7000-8000-000000000001"


class SlowToEnd(MemoryStorage):
    """A storage that is away just when a stream breaks."""

    def __init__(self):
        super().__init__()
        self.asked = anyio.Event()
        self.back = anyio.Event()

    async def end_session(self, session, grace):
        self.asked.set()
        await self.back.wait()
        await super().end_session(session, grace)


async def test_a_session_opened_again_outlives_the_end_of_its_broken_stream():
    storage = SlowToEnd()
    async with LocalBroker(storage, FAST) as broker:
        task_id = await submit_one(broker)
        async with ScriptedWorker.connected(broker, "job", session=SESSION) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
        await storage.asked.wait()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_finish, broker, assign)
            await anyio.wait_all_tasks_blocked()
            storage.back.set()
        status = await ended(broker, task_id)
    assert (status.attempt, status.losses) == (1, 0)


async def _finish(broker, assign):
    """Come back, wait until the broken stream's grace is over, and report."""
    held = [v1.HeldLease(lease=assign.lease, started=True)]
    async with ScriptedWorker.connected(
        broker, "job", session=SESSION, held=held
    ) as worker:
        assert list(worker.welcome.standing) == [assign.lease]
        await worker.silent(FAST.reconnect_grace + 2 * FAST.maintenance)
        await worker.succeed(assign)
        assert not worker.lost


async def test_the_stream_of_a_worker_that_stays_silent_is_closed():
    """It would be given nothing any more, and wait for ever."""
    hasty = replace(FAST, lease=0.6, heartbeat=0.2)
    async with LocalBroker(MemoryStorage(), hasty) as broker:
        async with ScriptedWorker.connected(broker, "job") as worker:
            with pytest.raises(SessionLost, match="no frame came"):
                await worker.until("told_to_leave")
        async with ScriptedWorker.connected(broker, "job") as worker:
            task_id = await submit_one(broker)
            await worker.succeed(*await worker.take())
        assert (await ended(broker, task_id)).attempt == 1
