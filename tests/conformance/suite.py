"""The suite: plays cases, several at once, on stages that are made when needed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Self

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from tests.conformance.cases import Case
from tests.conformance.cast import Cast
from tests.conformance.languages import Language
from tests.conformance.play import Play
from tests.conformance.stage import Stage
from tests.faults.rig import Rig
from tests.servers import RedisServer

AT_ONCE = 6
"""Cases that are played at once: most wait for something most of the time."""


class Suite:
    """Plays cases.

    Args:
        languages: The languages that may take part, by name.
        rig: Starts brokers.
        tasks: Where drivers are heard.
        servers: Ends the servers of storages.
    """

    def __init__(
        self,
        languages: Mapping[str, Language],
        rig: Rig,
        tasks: TaskGroup,
        servers: ExitStack,
    ) -> None:
        self._languages = languages
        self._rig = rig
        self._tasks = tasks
        self._servers = servers
        self._stages: dict[str, Stage] = {}
        self._numbers = count(1)
        self._making = anyio.Lock()
        self._room = anyio.CapacityLimiter(AT_ONCE)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, languages: Mapping[str, Language], folder: Path
    ) -> AsyncIterator[Self]:
        """A suite for as long as the block."""
        async with AsyncExitStack() as stack:
            servers = stack.enter_context(ExitStack())
            rig = await stack.enter_async_context(Rig.opened(folder))
            tasks = await stack.enter_async_context(anyio.create_task_group())
            suite = cls(languages, rig, tasks, servers)
            try:
                yield suite
            finally:
                with anyio.CancelScope(shield=True):
                    for stage in suite._stages.values():
                        await stage.close()
                tasks.cancel_scope.cancel()

    async def play(self, case: Case, language: str, storage: str) -> None:
        """Play a case; raises when it does not go as it should."""
        async with self._room:
            for name in filter(None, (language, case.worker)):
                await anyio.to_thread.run_sync(self._languages[name].built)
            stage = await self._stage(case, storage)
            async with Cast(case, self._languages[language], stage) as cast:
                await Play(case, cast).play()

    async def _stage(self, case: Case, storage: str) -> Stage:
        key = f"{storage} {sorted(case.broker.items())}"
        if case.restarts:
            key += f" {next(self._numbers)}"
        async with self._making:
            if key not in self._stages:
                self._stages[key] = await self._new_stage(storage, case.broker)
        return self._stages[key]

    async def _new_stage(self, storage: str, settings: dict[str, Any]) -> Stage:
        folder = self._rig.folder / f"{storage}-{next(self._numbers)}"
        folder.mkdir()
        url = f"sqlite:///{folder}/tasks.sqlite"
        if storage == "redis":
            server = RedisServer(folder)
            start = partial(self._servers.enter_context, server.running())
            await anyio.to_thread.run_sync(start)
            url = server.url
        make = partial(self._rig.broker, url, **settings)
        stage = Stage(make, storage, self._languages, folder, self._tasks)
        await stage.open()
        return stage
