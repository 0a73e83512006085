"""Stages: a broker on a storage of its own, and the drivers that cases share there."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from qtasks.asyncio import QueueTasks
from tests.conformance.calls import Call, Calls, Document
from tests.conformance.driver import ClientDriver, Driver
from tests.conformance.languages import ENVIRONMENT, Language
from tests.conformance.proxy import Proxy
from tests.conformance.python.blobs import BlobSerializer
from tests.conformance.python.client import Client
from tests.faults.rig import Broker

CLIENTS = "clients"
"""The app of clients that many cases share."""

SLOTS = "50"
"""Tasks at once in workers that many cases share."""


class Stage:
    """A broker on a storage of its own, and the drivers that cases share there.

    Args:
        make_broker: Makes a broker that is not started yet.
        storage: The kind of its storage.
        languages: Every language that may take part, by name.
        folder: Where drivers say things to people.
        tasks: Where drivers are heard and proxies serve.
    """

    def __init__(
        self,
        make_broker: Callable[[], Broker],
        storage: str,
        languages: Mapping[str, Language],
        folder: Path,
        tasks: TaskGroup,
    ) -> None:
        self._make_broker = make_broker
        self.broker = make_broker()
        self.storage = storage
        self._languages = languages
        self._folder = folder
        self._tasks = tasks
        self._numbers = count(1)
        self._shared: dict[tuple[str, ...], Driver] = {}
        self._python: dict[str, PythonClient] = {}
        self._starting = anyio.Lock()

    async def open(self) -> None:
        """Start the broker."""
        await self.broker.start()

    async def restart(self) -> None:
        """Kill the broker, and start it where it was."""
        await self.broker.kill()
        await self.broker.start()

    async def move(self) -> None:
        """Kill the broker, when another one on its storage has started."""
        dying, self.broker = self.broker, self._make_broker()
        await self.broker.start()
        await dying.kill()

    def language(self, name: str) -> Language:
        """A language by name."""
        return self._languages[name]

    # -- shared -------------------------------------------------------------------------

    async def shared_client(self, language: Language, app: str) -> Driver:
        """The client of a language for an app."""
        driver = self.client_driver(language, app, self.broker.url)
        return await self._started(("client", app, language.name), driver)

    async def shared_worker(self, language: Language, app: str) -> Driver:
        """The worker of a language for an app."""
        driver = self.worker_driver(language, app, self.broker.url, *("--slots", SLOTS))
        return await self._started(("worker", app, language.name), driver)

    async def _started(self, key: tuple[str, ...], driver: Driver) -> Driver:
        async with self._starting:
            if key not in self._shared:
                await driver.start()
                self._shared[key] = driver
        return self._shared[key]

    def shared_python(self, app: str) -> "PythonClient":
        """Python's client of an app, in this process."""
        if app not in self._python:
            self._python[app] = self.python_client(app, self.broker.url)
        return self._python[app]

    # -- made for one -------------------------------------------------------------------

    def python_client(self, app: str, url: str) -> "PythonClient":
        """Python's client, in this process."""
        return PythonClient(app, url, self._tasks)

    def client_driver(self, language: Language, app: str, url: str) -> ClientDriver:
        """A client that is not started yet."""
        return ClientDriver(*self._given(language, "client", app, url, ()))

    def worker_driver(
        self, language: Language, app: str, url: str, *options: str
    ) -> Driver:
        """A worker that is not started yet."""
        return Driver(*self._given(language, "worker", app, url, options))

    def _given(
        self,
        language: Language,
        role: str,
        app: str,
        url: str,
        options: tuple[str, ...],
    ) -> tuple[list[str], Path, dict[str, str], Path, TaskGroup]:
        name = f"{language.name}-{role}-{next(self._numbers)}"
        given = [role, "--broker", url, "--app", app, *options]
        if role == "worker":
            given += ["--worker-id", name]
        return (
            language.command(*given),
            language.at,
            ENVIRONMENT,
            self._folder / f"{name}.log",
            self._tasks,
        )

    def proxy(self) -> Proxy:
        """A proxy before the broker that does not listen yet."""
        return Proxy(lambda: self.broker.port, self._tasks)

    async def close(self) -> None:
        """End the drivers."""
        for driver in self._shared.values():
            await driver.close()
        for client in self._python.values():
            await client.close()


class PythonClient:
    """Python's client as a driver in this process.

    Args:
        app: The app's name.
        url: Where the broker is.
        tasks: Where it does what it is asked for.
    """

    def __init__(self, app: str, url: str, tasks: TaskGroup) -> None:
        self._app = QueueTasks(app, url, serializer=BlobSerializer())
        self._client = Client(self._app)
        self._calls = Calls()
        self._tasks = tasks

    async def call(self, op: str, fields: Document) -> Call:
        """Ask for something."""
        call = self._calls.made(fields)
        request = {"id": call.number, "op": op, **fields}
        self._tasks.start_soon(self._client.answer, request, self._calls.hear)
        return call

    async def close(self) -> None:
        """Let go of it."""
        await self._app.stop()
