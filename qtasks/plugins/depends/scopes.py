"""Scopes: what was opened for a task or for a component, until that is over."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Any

from qtasks.colours import called
from qtasks.plugins.depends.dependency import Dependency, ScopeEnum, name_of
from qtasks.plugins.depends.opening import Opened, opened

logger = logging.getLogger(__name__)

Wider = dict[ScopeEnum, "LastingScope"]


class TaskScope:
    """What was opened for one attempt of a task.

    Args:
        wider: The scopes around it.
    """

    def __init__(self, wider: Wider) -> None:
        self._wider = wider
        self._opened: dict[Callable[..., Any], Opened] = {}

    async def value(self, depends: Dependency) -> Any:
        """What fills a parameter."""
        if depends.scope is not ScopeEnum.TASK:
            return await self._wider[depends.scope].value(depends)
        found = self._opened.get(depends.func)
        if found is None:
            needs = {name: await self.value(one) for name, one in depends.needs.items()}
            found = await opened(depends.func, needs)
            self._opened[depends.func] = found
        return found.value

    async def close(self, error: BaseException | None) -> None:
        """Close what was opened, the last first.

        Raises:
            BaseException: what closing raised, where the task had succeeded: it did not.
        """
        problem = error
        for func, one in reversed(self._opened.items()):
            try:
                await one.close(problem)
            except BaseException as raised:  # noqa: BLE001  # the others are closed too
                if error is not None:
                    _log_unclosed(func, raised)
                problem = raised
        self._opened.clear()
        if error is None and problem is not None:
            raise problem


class LastingScope:
    """What was opened for a component, in the loop of the worker.

    Args:
        wider: All of these scopes, this one too.
    """

    def __init__(self, wider: Wider) -> None:
        self._wider = wider
        self._kept: dict[Callable[..., Any], _Kept] = {}

    async def value(self, depends: Dependency) -> Any:
        """What fills a parameter: from the loop, or a thread of it."""
        kept = self._kept.get(depends.func)
        if kept is not None and kept.ready.done() and not kept.ready.cancelled():
            return kept.ready.result()
        return await called(self._shared, depends)

    async def _shared(self, depends: Dependency) -> Any:
        """The value, opened once for all who ask, also if the first one is cancelled."""
        kept = self._kept.get(depends.func)
        if kept is None:
            kept = self._kept[depends.func] = _Kept(self._open(depends))
            kept.ready.add_done_callback(lambda ready: self._opened(depends, ready))
        return await asyncio.shield(kept.ready)

    async def _open(self, depends: Dependency) -> Opened:
        needs = {
            name: await self._wider[one.scope].value(one)
            for name, one in depends.needs.items()
        }
        return await opened(depends.func, needs)

    def _opened(self, depends: Dependency, ready: asyncio.Future[Any]) -> None:
        """Have one that failed be tried again by the next who asks."""
        if ready.cancelled() or ready.exception() is not None:
            self._kept.pop(depends.func, None)
            return
        # Those it needs were ready before it: the order of closing is the reverse.
        self._kept[depends.func] = self._kept.pop(depends.func)

    async def close(self) -> None:
        """Close what was opened, the last first."""
        while self._kept:
            func, kept = self._kept.popitem()
            try:
                await kept.close()
            except Exception as error:  # noqa: BLE001  # there is nobody left to tell
                _log_unclosed(func, error)


class _Kept:
    """One dependency, opened and closed in a task of its own.

    Task groups and timeouts inside a dependency must be left where they were entered.
    """

    def __init__(self, opening: Any) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[Any] = loop.create_future()
        self._over = asyncio.Event()
        # No block owns it: it lives from whichever task first asks until the worker stops.
        # Without the context of that task, which is not its own.
        self._task = loop.create_task(
            self._keep(opening), name="qtasks dependency", context=Context()
        )

    async def _keep(self, opening: Any) -> None:
        try:
            found = await opening
        except BaseException as error:
            if not self.ready.done():
                self.ready.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        self.ready.set_result(found.value)
        await self._over.wait()
        await found.close(None)

    async def close(self) -> None:
        """Close it; raises what closing raises."""
        self._over.set()
        await self._task


def _log_unclosed(func: Callable[..., Any], error: BaseException) -> None:
    logger.error(
        "dependency failed while it was closed",
        exc_info=error,
        extra={"dependency": name_of(func)},
    )
