"""Global configs that keep their variables in Redis, where a broker there has them too.

They need no app and no broker: whoever knows the url reads and changes the variables.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qtasks import v1
from qtasks.configs.shared import AsyncGlobalConfig, SyncGlobalConfig
from qtasks.engine.variables import Variables
from qtasks.home import Home
from qtasks.loop_thread import LoopThread, blocking_call
from qtasks.storages.redis import DEFAULT_URL, RedisStorage


class RedisVariables:
    """Answers for the variables in a Redis; opened where it is first asked.

    Args:
        url: Where Redis is.
        prefix: What all keys begin with, as in `RedisStorage`.
    """

    def __init__(self, url: str, prefix: str) -> None:
        RedisStorage(url, prefix=prefix)  # raises what is wrong with them
        self._url = url
        self._prefix = prefix
        self._home = Home(self._open)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Variables]:
        async with RedisStorage(self._url, prefix=self._prefix) as storage:
            yield Variables(storage)

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        """Give the values of a space."""
        variables = await self._home.open()
        return await self._home.call(variables.get_variables, request)

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        """Set and remove values."""
        variables = await self._home.open()
        return await self._home.call(variables.set_variables, request)

    async def open(self) -> None:
        """Connect; raises `StorageUnavailable`."""
        await self._home.open()

    async def close(self) -> None:
        """Disconnect; the next call connects again."""
        await self._home.close()


class AsyncRedisGlobalConfig(AsyncGlobalConfig):
    """Variables that all processes of an app share, in Redis.

    An app whose tasks are in the same Redis has the same variables.

    Args:
        name: The app whose variables they are; the app it is given to knows better.
        url: Where Redis is; `qtasks.storages.redis.address` names the kinds.
        prefix: What all keys begin with.

    Raises:
        SettingsError: the url can't be read.
    """

    def __init__(
        self,
        name: str = "QueueTasks",
        url: str = DEFAULT_URL,
        *,
        prefix: str = "qtasks",
    ) -> None:
        self._redis = RedisVariables(url, prefix)
        super().__init__(self._redis, name)
        self.url = url

    async def start(self) -> None:
        """Connect; raises `StorageUnavailable`."""
        await self._redis.open()

    async def stop(self) -> None:
        """Disconnect; the next call connects again."""
        await self._redis.close()


class SyncRedisGlobalConfig(SyncGlobalConfig):
    """The same for code without an event loop.

    Args:
        name: The app whose variables they are; the app it is given to knows better.
        url: Where Redis is; `qtasks.storages.redis.address` names the kinds.
        prefix: What all keys begin with.

    Raises:
        SettingsError: the url can't be read.
    """

    def __init__(
        self,
        name: str = "QueueTasks",
        url: str = DEFAULT_URL,
        *,
        prefix: str = "qtasks",
    ) -> None:
        variables = AsyncRedisGlobalConfig(name, url, prefix=prefix)
        self._thread = LoopThread()
        super().__init__(
            variables,
            lambda func, *args: blocking_call(self._thread.loop(), func, *args),
        )
        self.url = url

    def stop(self) -> None:
        """Disconnect and end the thread; the next call starts both again."""
        super().stop()
        self._thread.stop()
