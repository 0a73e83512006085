"""A clock that a test moves: who waits is woken, in order, and has looked in the end."""

import asyncio

import anyio
import pytest

from qtasks.clock import SYSTEM_CLOCK
from qtasks.testing import FakeClock


class Role:
    """Looks at the clock at its times, as the roles of the engine do."""

    def __init__(self, clock, every):
        self.clock, self.every, self.seen = clock, every, []

    async def run(self):
        while True:
            await self.clock.wait(anyio.Event(), self.every)
            await anyio.lowlevel.checkpoint()  # what a look takes
            self.seen.append(self.clock())


async def test_time_stands_still():
    clock = FakeClock(100.0)
    assert (clock(), clock.monotonic()) == (100.0, 100.0)
    assert clock.moment.timestamp() == 100.0


async def test_each_is_woken_at_its_moment_and_has_looked_when_time_has_passed():
    clock = FakeClock(0.0)
    slow, fast = Role(clock, 30.0), Role(clock, 20.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(slow.run)
        tasks.start_soon(fast.run)
        await anyio.wait_all_tasks_blocked()
        await clock.advance(60)
        assert slow.seen[:2] == [30.0, 60.0]
        assert fast.seen[:3] == [20.0, 40.0, 60.0]
        tasks.cancel_scope.cancel()


async def test_everybody_looks_at_the_moment_time_was_moved_to():
    clock = FakeClock(0.0)
    role = Role(clock, 1000.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(role.run)
        await anyio.wait_all_tasks_blocked()
        await clock.advance(5)
        assert role.seen == [5.0]
        tasks.cancel_scope.cancel()


async def test_a_sleep_ends_when_its_time_has_passed_and_not_before():
    clock = FakeClock(0.0)
    woke = []

    async def sleeper():
        await clock.sleep(10)
        woke.append(clock())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sleeper)
        await anyio.wait_all_tasks_blocked()
        await clock.advance(9)
        assert woke == []
        await clock.advance(1)
    assert woke == [10.0]


async def test_an_event_ends_a_wait_without_time():
    clock, event = FakeClock(0.0), anyio.Event()
    event.set()
    await clock.wait(event, 10)
    assert clock() == 0.0


async def test_time_does_not_go_back():
    clock = FakeClock(50.0)
    await clock.advance_to(10.0)
    assert clock() == 50.0


def test_without_a_loop_time_is_moved_at_once():
    clock = FakeClock(50.0)
    clock.advance(5)
    assert clock() == 55.0


def test_who_waited_in_a_loop_that_is_closed_holds_nobody_up():
    clock = FakeClock(0.0)

    async def leave_one_behind():
        loop = asyncio.get_running_loop()
        loop.left = loop.create_task(clock.wait(anyio.Event(), 5))
        await anyio.lowlevel.checkpoint()

    anyio.run(leave_one_behind)
    clock.advance(10)
    assert clock() == 10.0


@pytest.mark.parametrize("seconds", [0, -1])
async def test_the_clock_of_the_machine_waits_no_longer_than_it_is_told(seconds):
    await SYSTEM_CLOCK.wait(anyio.Event(), seconds)
    await SYSTEM_CLOCK.sleep(0)
    assert SYSTEM_CLOCK.monotonic() <= SYSTEM_CLOCK.monotonic()


async def test_who_was_called_before_time_is_moved_has_looked_before_it_passes():
    clock, called = FakeClock(0.0), anyio.Event()
    seen = []

    async def role():
        await clock.wait(called, 1000)
        seen.append(clock())
        await clock.wait(anyio.Event(), 10)
        seen.append(clock())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(role)
        await anyio.wait_all_tasks_blocked()
        called.set()
        await clock.advance(60)
    assert seen == [0.0, 10.0]
