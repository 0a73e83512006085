"""Whatever one task says or raises, its worker lives on, and the tasks beside it."""

import math

import anyio
import pytest

from qtasks import Ask, Retry, TaskCancelError, ctx, v1
from qtasks.errors import ArgumentInvalid, OutOfRange
from tests.integration.app_rig import app_over

pytestmark = pytest.mark.anyio

HALF = "half a pair: \ud83e"
LARGE = "x" * 300 * 1024
LARGER_THAN_A_MESSAGE = "x" * 6 * 1024 * 1024
LEFT_OUT = {"left_out": "the fields, which are too large"}


class Mute(TaskCancelError):
    def __str__(self):
        raise RuntimeError


def named(name):
    return type("Odd", (ValueError,), {"__qualname__": name})("oddly named")


RAISED = {
    "half a pair": (ValueError(HALF), "ValueError"),
    "large": (ValueError(LARGER_THAN_A_MESSAGE), "ValueError"),
    "half a pair in its name": (named(HALF), "half a pair: ?"),
    "a large name": (named(LARGER_THAN_A_MESSAGE), "... " + "x" * 256),
    "arguments": (ArgumentInvalid(HALF, parameter=HALF), "ArgumentInvalid"),
    "large arguments": (ArgumentInvalid(LARGER_THAN_A_MESSAGE), "ArgumentInvalid"),
    "odd facts": (ArgumentInvalid("odd", kind="k", parameter=1), "ArgumentInvalid"),
    "an exit of generators": (GeneratorExit(), "GeneratorExit"),
    "an exit": (SystemExit(1), "SystemExit"),
    "a delay below zero": (Retry(delay=-1), "OutOfRange"),
    "a delay that is no number": (Retry(delay=math.nan), "OutOfRange"),
    "a delay of centuries": (Retry(delay=1e10), "OutOfRange"),
    "a delay that is text": (Retry(delay="soon"), "TypeError"),
}
"""Errors, and the kinds of the failures that they are."""


async def outcome_of(nasty):
    """How a task ends, and its events; another one that it ran beside must succeed."""
    async with app_over("grpc") as app:
        begun, release = anyio.Event(), anyio.Event()

        @app.task
        async def beside():
            begun.set()
            await release.wait()

        app.task("nasty")(nasty)
        with anyio.fail_after(30):
            async with app.worker():
                other = await app.add_task("beside")
                await begun.wait()
                task = await app.add_task("nasty")
                events = [event async for event in task.watch()]
                release.set()
                await other.result()
                assert (await app.status(other.uuid)).attempt == 1
                return await app.status(task.uuid), events


# -- what it says -----------------------------------------------------------------------


async def told(say):
    """What a coroutine, and then a plain function, have told those who watch."""

    async def in_loop():
        say()

    def in_thread():
        say()

    seen = []
    for nasty in (in_loop, in_thread):
        status, events = await outcome_of(nasty)
        assert status.state == v1.TASK_STATE_SUCCESS
        seen.append([event for event in events if event.kind in ("log", "progress")])
    assert list(map(len, seen)) == [len(seen[0])] * 2
    return seen[0]


async def test_a_large_field_is_cut():
    (line,) = await told(lambda: ctx.log("line", small="1", large=LARGE))
    assert line.fields == {"small": "1", "large": "... " + "x" * 4000}


async def test_very_many_fields_are_left_out():
    fields = {f"field {number}": number for number in range(50_000)}
    (line,) = await told(lambda: ctx.log("line", **fields))
    assert (line.message, line.fields) == ("line", LEFT_OUT)


@pytest.mark.parametrize("character", ["x", "€", "🦀"])
async def test_a_large_line_and_a_large_note_are_cut(character):
    text = character * 300 * 1024

    def say():
        ctx.log(text)
        ctx.progress(1, 2, text)

    line, progress = await told(say)
    assert line.message == "... " + character * (len(line.message) - 4)
    assert 60_000 < len(line.message.encode()) < 70_000
    assert progress.message == "... " + character * (len(progress.message) - 4)


async def test_many_large_lines_are_sent_as_messages_that_the_wire_takes():
    def say():
        for _ in range(200):
            ctx.log("🦀" * 5000, **{f"field {n}": LARGE for n in range(3)})

    assert len(await told(say)) == 200


async def test_text_without_a_meaning_is_told_as_far_as_it_can_be():
    def say():
        ctx.log(HALF, **{HALF: HALF})
        ctx.log("NUL \0", nul="\0")
        ctx.progress(math.nan, -math.inf, HALF)

    broken, nul, progress = await told(say)
    assert broken.message == "half a pair: ?"
    assert broken.fields == {"half a pair: ?": "half a pair: ?"}
    assert (nul.message, nul.fields) == ("NUL \0", {"nul": "\0"})
    assert math.isnan(progress.done)
    assert (progress.total, progress.message) == (-math.inf, "half a pair: ?")


async def test_many_large_yields_are_sent_as_messages_that_the_wire_takes():
    def generate():
        for _ in range(60):
            yield "🦀" * 60_000
        return 1

    status, events = await outcome_of(generate)
    assert status.state == v1.TASK_STATE_SUCCESS
    assert sum(event.kind == "yield" for event in events) == 60


@pytest.mark.parametrize("timeout", [math.nan, math.inf, 1e12])
async def test_a_question_with_a_deadline_that_is_none_fails_its_task(timeout):
    def generate():
        yield Ask("?", timeout=timeout)

    status, _ = await outcome_of(generate)
    assert status.failure.kind == OutOfRange.__name__
    assert "can't wait" in status.failure.message


# -- how it ends ------------------------------------------------------------------------


async def ended(error):
    """How a coroutine and a plain function end that raise this."""

    async def in_loop():
        raise error

    def in_thread():
        raise error

    one, _ = await outcome_of(in_loop)
    other, _ = await outcome_of(in_thread)
    assert one.state == other.state
    assert one.failure.kind == other.failure.kind
    return one


@pytest.mark.parametrize(
    ("reason", "kept"),
    [(HALF, "half a pair: ?"), (LARGER_THAN_A_MESSAGE, "x" * 1000)],
    ids=["half a pair", "large"],
)
async def test_a_task_that_cancels_itself_says_why_as_far_as_it_can_be_told(
    reason, kept
):
    status = await ended(TaskCancelError(reason))
    assert (status.state, status.cancel_reason) == (v1.TASK_STATE_CANCEL, kept)


async def test_a_task_that_cancels_itself_and_can_not_say_why_is_cancelled():
    assert (await ended(Mute())).state == v1.TASK_STATE_CANCEL


@pytest.mark.parametrize("what", RAISED)
async def test_whatever_a_task_raises_is_its_failure_alone(what):
    error, kind = RAISED[what]
    status = await ended(error)
    assert (status.state, status.failure.kind) == (v1.TASK_STATE_ERROR, kind)


async def test_a_bad_delay_names_what_asked_for_it():
    failure = (await ended(Retry("later", delay=-1))).failure
    assert failure.retryable
    assert "retry delay must be from 0" in failure.message
    assert (failure.cause.kind, failure.cause.message) == ("Retry", "later")


async def test_arguments_named_by_half_a_pair_are_rejected():
    async with app_over("grpc") as app:

        @app.task
        async def nothing():
            return None

        odd = v1.TaskSubmit(
            name="nothing", app=app.name, kwargs=v1.Payload(json='{"\\ud83e": 1}')
        )
        with anyio.fail_after(30):
            async with app.worker():
                response = await app.broker.submit(v1.SubmitRequest(tasks=[odd]))
                ended = await app.wait(response.receipts[0].id, 30)
                assert ended.seen.failure.reason == v1.FAILURE_REASON_REJECTED
                assert ended.seen.failure.details["parameter"] == "?"
                assert (await app.add_task("nothing", timeout=30)).status == "success"
