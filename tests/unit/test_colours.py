"""Functions of either colour, called from wherever code may run."""

import contextvars
import threading
import types
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio.lowlevel
import anyio.to_thread
import pytest

from qtasks.colours import called, drive

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("WHO", default="nobody")


async def here() -> tuple[int, str]:
    await anyio.lowlevel.checkpoint()
    return threading.get_ident(), WHO.get()


async def waiting() -> None:
    await never()


@types.coroutine
def never() -> Generator[None, None, None]:
    yield


async def wrong() -> None:
    raise RuntimeError("of the function itself")


def test_a_coroutine_function_in_a_thread_of_ones_own() -> None:
    def pipeline() -> Any:
        WHO.set("me")
        return drive(called(here)), threading.get_ident()

    with ThreadPoolExecutor(1) as pool:
        ((ran_in, who), thread) = pool.submit(pipeline).result()
    assert ran_in == thread, "no other loop is there to run it"
    assert who == "me"


async def test_a_coroutine_function_in_a_thread_of_the_loop() -> None:
    WHO.set("me")
    ran_in, who = await anyio.to_thread.run_sync(lambda: drive(called(here)))
    assert ran_in == threading.get_ident(), "the loop runs it"
    assert who == "me"


def test_an_error_of_the_function_is_not_taken_for_a_missing_loop() -> None:
    with pytest.raises(RuntimeError, match="of the function itself"):
        drive(called(wrong))


async def test_an_error_of_the_function_in_a_thread_of_the_loop() -> None:
    with pytest.raises(RuntimeError, match="of the function itself"):
        await anyio.to_thread.run_sync(lambda: drive(called(wrong)))


async def test_a_plain_function_that_may_block_leaves_the_loop() -> None:
    WHO.set("me")
    thread, who = await called(lambda: (threading.get_ident(), WHO.get()), offload=True)
    assert thread != threading.get_ident()
    assert who == "me"


def test_code_for_a_thread_that_waits_for_a_loop_is_told() -> None:
    with pytest.raises(RuntimeError, match="waited for something"):
        drive(waiting())
