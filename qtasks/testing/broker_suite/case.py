"""The brokers under test, and the words tests are written in."""

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest
from google.protobuf.duration_pb2 import Duration

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.engine.settings import EngineSettings
from qtasks.testing.scripted_worker import ScriptedWorker

FAST = EngineSettings(
    lease=10.0, heartbeat=0.6, reconnect_grace=0.3, maintenance=0.2, max_losses=2
)
"""Engine settings under which the suite is quick."""

WITHIN = 10.0

connected = ScriptedWorker.connected


def task(name: str = "job", **fields: object) -> v1.TaskSubmit:
    """A task to submit."""
    return v1.TaskSubmit(name=name, **fields)  # type: ignore[arg-type]  # any field


def seconds(value: float) -> Duration:
    """A length for the wire."""
    duration = Duration()
    duration.FromMilliseconds(round(value * 1000))
    return duration


async def submit(broker: Broker, *tasks: v1.TaskSubmit) -> list[v1.Receipt]:
    """Submit tasks."""
    response = await broker.submit(v1.SubmitRequest(tasks=tasks))
    return list(response.receipts)


async def submit_one(broker: Broker, **fields: object) -> str:
    """Submit one task that is accepted; its id."""
    (receipt,) = await submit(broker, task(**fields))  # type: ignore[arg-type]
    assert not receipt.HasField("error"), receipt
    return receipt.id


async def status(broker: Broker, task_id: str) -> v1.TaskStatus:
    """How a task stands."""
    return (await broker.get(v1.GetRequest(id=task_id))).status


async def ended(broker: Broker, task_id: str) -> v1.TaskStatus:
    """How a task ended."""
    request = v1.GetRequest(id=task_id, wait=seconds(WITHIN))
    found = (await broker.get(request)).status
    assert found.HasField("finish_time"), found
    return found


async def watched(
    broker: Broker, task_id: str, after: int = 0, count: int | None = None
) -> list[v1.TaskEvent]:
    """The events of a task, to its end or to a number of them."""
    events: list[v1.TaskEvent] = []
    request = v1.WatchRequest(id=task_id, after_seq=after)
    async with broker.watch(request) as responses:
        async for response in responses:
            events += response.events
            if count is not None and len(events) >= count:
                break
    return events


def kinds(events: list[v1.TaskEvent]) -> list[str]:
    """Events as words."""
    words = []
    for event in events:
        kind = str(event.WhichOneof("event"))
        if kind == "state_changed":
            kind = v1.TaskState.Name(event.state_changed.state)[11:].lower()
        words.append(kind)
    return words


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that is told to nobody."""
    while not await condition():  # noqa: ASYNC110  # told to nobody
        await anyio.sleep(0.01)


@pytest.mark.anyio
class BrokerCase:
    """Where the tests of a suite get their brokers from."""

    @pytest.fixture
    async def brokers(self) -> AsyncIterator[tuple[Broker, Broker]]:
        """Two brokers on one storage: what a subclass says."""
        nobody: list[tuple[Broker, Broker]] = []
        for brokers in nobody:
            yield brokers

    @pytest.fixture
    def broker(self, brokers: tuple[Broker, Broker]) -> Broker:
        """The broker most tests talk to."""
        return brokers[0]

    @pytest.fixture
    def other(self, brokers: tuple[Broker, Broker]) -> Broker:
        """Its replica."""
        return brokers[1]

    @pytest.fixture(autouse=True)
    async def in_time(self) -> AsyncIterator[None]:
        """No test hangs."""
        with anyio.fail_after(WITHIN * 2):
            yield
