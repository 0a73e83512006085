"""What tasks send out while they run: yields, questions, logs, progress."""

import anyio
import pytest

from qtasks import Ask, ctx
from qtasks.errors import AskNotFound, TaskNotFound
from tests.integration.app_rig import KINDS, app_over

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(30):
        async with app_over(request.param) as app:
            yield app


async def yields_of(handle):
    return [event.value async for event in handle.watch() if event.kind == "yield"]


async def test_each_yield_is_an_event_and_the_list_is_the_result(app):
    @app.task
    def plain(n):
        yield from range(n)

    @app.task
    async def asynchronous(n):
        for number in range(n):
            yield number

    async with app.worker():
        for name in ("plain", "asynchronous"):
            handle = await app.add_task(name, 3)
            assert await yields_of(handle) == [0, 1, 2]
            assert await handle.result() == [0, 1, 2]


async def test_a_returned_value_is_the_result(app):
    @app.task
    def counted():
        yield "a"
        return 1

    async with app.worker():
        assert (await app.add_task(counted, timeout=10)).returning == 1


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_what_a_handler_makes_of_a_yield_is_streamed_and_sent_back(
    app, asynchronous
):
    def tenfold(value):
        return value * 10

    async def tenfold_too(value):
        return value * 10

    handler = tenfold_too if asynchronous else tenfold

    @app.task(generate_handler=handler)
    def plain():
        return (yield 1) + (yield 2)

    @app.task(generate_handler=handler)
    async def asynchronously():
        yield (yield 1) + 1

    async with app.worker():
        handle = await plain.add_task()
        assert await yields_of(handle) == [10, 20]
        assert await handle.result() == 30
        handle = await asynchronously.add_task()
        assert await yields_of(handle) == [10, 110]


async def test_yields_come_while_the_task_runs(app):
    go_on = anyio.Event()

    @app.task
    async def slow():
        yield 1
        await go_on.wait()
        yield 2

    async with app.worker():
        handle = await slow.add_task()
        seen = []
        async for event in handle.watch():
            if event.kind == "yield":
                seen.append(event.value)
                go_on.set()
        assert seen == [1, 2]


async def test_who_comes_back_misses_nothing_and_sees_nothing_twice(app):
    @app.task
    def count():
        yield from range(100)

    async with app.worker():
        handle = await count.add_task()
        await handle
        every = [event async for event in handle.watch()]
        assert [event.seq for event in every] == list(range(1, len(every) + 1))
        half = len(every) // 2
        rest = [event async for event in handle.watch(after=every[half].seq)]
        assert [one.seq for one in rest] == [one.seq for one in every[half + 1 :]]
        assert rest[-1].kind == "end"
        assert rest[-1].task.status == "success"


async def test_what_was_yielded_stays_when_the_task_fails(app):
    @app.task
    def fail():
        yield 1
        raise ValueError

    async with app.worker():
        handle = await fail.add_task()
        assert await yields_of(handle) == [1]
        assert handle.status == "new"
        assert (await handle).status == "error"


@pytest.mark.parametrize("plain", [True, False])
async def test_a_question_waits_for_its_answer(app, plain):
    @app.task
    def asks():
        return (yield Ask("name?")) + "!"

    @app.task
    async def asks_too():
        yield (yield Ask("name?")) + "!"

    async with app.worker():
        handle = await app.add_task(asks if plain else asks_too)
        async for event in handle.watch():
            if event.kind == "ask":
                assert event.value == "name?"
                with pytest.raises(AskNotFound):
                    await handle.reply("other", "x")
                await handle.reply(event.ask_id, "Ann")
        assert await handle.result() == ("Ann!" if plain else ["Ann!"])


async def test_a_question_nobody_answers_is_over_in_time(app):
    @app.task
    def asks():
        try:
            yield Ask("?", timeout=0.01)
        except TimeoutError:
            return "nobody"

    @app.task
    async def asks_too():
        try:
            yield Ask("?", timeout=0.01)
        except TimeoutError:
            yield "nobody"

    async with app.worker():
        assert (await app.add_task(asks, timeout=10)).returning == "nobody"
        assert (await app.add_task(asks_too, timeout=10)).returning == ["nobody"]


async def test_a_waiting_task_can_be_cancelled(app):
    @app.task
    def asks():
        yield Ask("?")

    async with app.worker():
        handle = await asks.add_task()
        async for event in handle.watch():
            if event.kind == "ask":
                await handle.cancel("never mind")
        assert (await handle).cancel_reason == "never mind"


async def test_logs_and_progress_reach_who_watches(app):
    @app.task
    async def talks():
        await ctx.log("hello", name="Ann")
        ctx.progress(1, 2, "half")

    @app.task
    def talks_too():
        ctx.log("hello", name="Ann")
        ctx.progress(1, 2, "half")

    async with app.worker():
        for name in ("talks", "talks_too"):
            handle = await app.add_task(name)
            events = [e async for e in handle.watch() if e.kind in {"log", "progress"}]
            log, progress = events
            assert (log.message, log.fields, log.level) == (
                "hello",
                {"name": "Ann"},
                "info",
            )
            assert (progress.done, progress.total, progress.message) == (1, 2, "half")


async def test_a_flood_of_yields_arrives_whole(app):
    @app.task
    async def flood(n):
        for number in range(n):
            yield number

    @app.task
    def plain_flood(n):
        yield from range(n)

    async with app.worker():
        for name in ("flood", "plain_flood"):
            handle = await app.add_task(name, 9_000)
            assert await yields_of(handle) == list(range(9_000))


async def test_outputs_too_large_for_a_result_are_its_error_and_stay_events(app):
    @app.task
    def large():
        for _ in range(30):
            yield "x" * 100_000

    async with app.worker():
        handle = await large.add_task()
        events = [event async for event in handle.watch()]
        assert [e.kind for e in events].count("yield") == 30
        assert (await handle).status == "error"
        assert handle.failure.kind == "OutputsTooLarge"


async def test_a_value_too_large_for_an_event_is_the_tasks_error(app):
    @app.task
    def large():
        yield "x" * 1_000_000

    async with app.worker():
        task = await app.add_task(large, timeout=10)
        assert task.failure.kind == "PayloadTooLarge"


async def test_who_watches_what_is_not_there_is_told(app):
    with pytest.raises(TaskNotFound):
        async for _ in app.watch("01890a5d-ac96-774b-bcce-b302099a8057"):
            pass


async def test_a_watch_may_be_left(app):
    @app.task
    async def forever():
        while True:
            yield 1

    async with app.worker():
        handle = await forever.add_task()
        async for event in handle.watch():
            if event.kind == "yield":
                break
        await handle.cancel()
        assert (await handle).status == "cancel"
