"""Who takes part in a case: a client, workers, and proxies on their way to the broker."""

from typing import Any, Self
from uuid import uuid4

import anyio

from tests.conformance.cases import CROSSING, Case
from tests.conformance.driver import ClientDriver, Driver
from tests.conformance.languages import WIRE, Language
from tests.conformance.proxy import Proxy
from tests.conformance.stage import CLIENTS, Stage
from tests.conformance.wire import Wire

PYTHON = "python"


class Cast:
    """Who takes part in a case.

    A case that disturbs nobody has the drivers of its stage; another one has its own, in
    an app of its own, each behind a proxy.

    Args:
        case: The case.
        language: What is under test.
        stage: Where it is played.
    """

    def __init__(self, case: Case, language: Language, stage: Stage) -> None:
        self.language = language
        self.stage = stage
        self._case = case
        self.client: Any = None
        """What is asked for things: a driver, or Python's client in this process."""
        self.workers: dict[str, Driver] = {}
        self.proxies: dict[str, Proxy] = {}
        self.app = CLIENTS
        """The app of the case."""
        self.wire = Wire(self.stage.broker.port)
        self._own: list[Driver] = []

    async def __aenter__(self) -> Self:
        if self._case.role == WIRE:
            self.client = self.stage.shared_python(self.app)
            return self
        if self._case.apart:
            self.app = f"case-{uuid4().hex}"
            url = await self._through_proxy("client")
            if self._case.role == "client":
                driver = self.stage.client_driver(self.language, self.app, url)
                self._own.append(driver)
                await driver.start()
                self.client = driver
            else:
                self.client = self.stage.python_client(self.app, url)
        elif self._case.role == "client":
            self.client = await self.stage.shared_client(self.language, self.app)
            self.workers["worker"] = await self.stage.shared_worker(
                self.stage.language(PYTHON), self.app
            )
        elif self._case.role == CROSSING:
            worker = self.stage.language(self._case.worker)
            self.app = f"workers-{worker.name}"
            self.client = await self.stage.shared_client(self.language, self.app)
            self.workers["worker"] = await self.stage.shared_worker(worker, self.app)
        else:
            self.app = f"workers-{self.language.name}"
            self.client = self.stage.shared_python(self.app)
            self.workers["worker"] = await self.stage.shared_worker(
                self.language, self.app
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            for driver in self._own:
                await driver.close()
            await self.wire.close()
            for proxy in self.proxies.values():
                proxy.close()
            if self._case.apart and self._case.role == "worker":
                await self.client.close()

    async def start(self, name: str, *, slots: int, queues: list[str] | None) -> None:
        """Start a worker of the case's own."""
        tested = self._case.role == "worker"
        language = self.language if tested else self.stage.language(PYTHON)
        driver = self.stage.worker_driver(
            language,
            self.app,
            await self._through_proxy(name),
            *("--slots", str(slots)),
            *(word for queue in queues or () for word in ("--queue", queue)),
        )
        self.workers[name] = driver
        self._own.append(driver)
        await driver.start()

    async def _through_proxy(self, name: str) -> str:
        proxy = self.proxies[name] = self.stage.proxy()
        await proxy.start()
        return f"grpc://127.0.0.1:{proxy.port}"

    def last_words(self) -> str:
        """What drivers of the language said to people."""
        drivers = [*self.workers.values()]
        if isinstance(self.client, ClientDriver):
            drivers.append(self.client)
        return "".join(f"{driver.name}: {driver.last_words()}\n" for driver in drivers)
