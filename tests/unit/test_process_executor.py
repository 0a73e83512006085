"""Processes that are started for tasks whose time is over before they are there."""

from types import SimpleNamespace
from uuid import uuid4

import anyio
from anyio import from_thread

from qtasks.executors.process import ProcessExecutor
from qtasks.tasks.running import call_isolated


def job_of(*args):
    context = SimpleNamespace(task_uuid=uuid4(), attempt=1, metadata={})
    return SimpleNamespace(
        definition=call_isolated.definition,
        args=[*args],
        kwargs={},
        context=context,
        max_result=1000,
    )


async def test_a_process_that_comes_too_late_is_there_for_the_next_task(monkeypatch):
    async with ProcessExecutor(1) as executor:
        spawn = executor._spawn
        with anyio.CancelScope() as scope:

            def spawn_too_late():
                from_thread.run_sync(scope.cancel)
                spawn()

            monkeypatch.setattr(executor, "_spawn", spawn_too_late)
            await executor.run(job_of("math.floor", [1.5], {}))
        assert scope.cancelled_caught
        (late,) = executor._idle
        assert await executor.run(job_of("os.getpid", [], {})) == late.process.pid
