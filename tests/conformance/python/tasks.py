"""The tasks that every worker of the suite serves, in Python."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio

from qtasks import Ask, AsyncRouter, ctx
from tests.conformance.python.blobs import Blob

router = AsyncRouter()


class Gates:
    """What holds tasks up until the runner lets them go on."""

    def __init__(self) -> None:
        self._open: defaultdict[str, anyio.Semaphore] = defaultdict(
            lambda: anyio.Semaphore(0)
        )

    def release(self, key: str) -> None:
        """Let one yield pass, now or when it comes."""
        self._open[key].release()

    async def passed(self, key: str) -> None:
        """Wait until one yield may pass."""
        await self._open[key].acquire()


gates = Gates()


class Rejected(Exception):
    """It would fail again."""


class MayRecover(Exception):
    """It may go well the next time."""


@router.task
async def echo(*args: Any, **kwargs: Any) -> Any:
    return args[0] if len(args) == 1 and not kwargs else [args, kwargs]


@router.task
async def add(a: int, b: int) -> int:
    return a + b


@router.task
def count(n: int) -> Iterator[int]:
    yield from range(n)
    return n


@router.task(decode=len)
async def gated(key: str, n: int) -> AsyncIterator[int]:
    for number in range(n):
        await gates.passed(key)
        yield number


@router.task
async def fail(times: int, message: str) -> int:
    if ctx.attempt <= times:
        raise MayRecover(message)
    return ctx.attempt


@router.task(retry_on_exc=MayRecover)
async def reject(message: str) -> None:
    raise Rejected(message)


@router.task
def ask(prompt: Any) -> Iterator[Any]:
    answer = yield Ask(prompt)
    return answer


@router.task
async def report(n: int) -> None:
    for step in range(1, n + 1):
        await ctx.log(f"step {step}", step=step)
        await ctx.progress(step, n)


@router.task
async def tell(times: int, text: str) -> None:
    for step in range(1, times + 1):
        await ctx.log(text, text=text)
        await ctx.progress(step, times, text)


@router.task
async def text(size: int) -> str:
    return "x" * size


@router.task(decode=lambda _: None)
async def yield_text(size: int) -> AsyncIterator[str]:
    yield "x" * size


@router.task
async def blob(content: Blob) -> Blob:
    return content


@router.task
async def nothing(*args: Any, **kwargs: Any) -> None:
    """Take anything."""
