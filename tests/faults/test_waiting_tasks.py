"""Tasks that wait for others outlive their clients and their brokers."""

import anyio
import pytest

from qtasks import v1
from qtasks.brokers.grpc import GrpcBroker
from qtasks.core.waiting import SUBMIT_GRACE
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import kinds, seconds
from qtasks.testing.scripted_worker import ScriptedWorker
from tests.faults.rig import APP
from tests.ports import free_port
from tests.servers import RedisServer

LENGTH = 6
WITHIN = SUBMIT_GRACE + 10.0
"""Seconds: the first turns may have gone with the broker that was killed."""


@pytest.fixture(params=["sqlite", "redis"])
def storage(request, rig, tmp_path):
    """Each storage that outlives its broker."""
    if request.param == "sqlite":
        yield rig.sqlite
        return
    folder = tmp_path / "redis"
    folder.mkdir()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    server = RedisServer(folder, *durable, port=free_port())
    with server.running():
        yield server.url


def a_link(id_, parents=()):
    """A task of a chain: it adds to what the one before it gave."""
    after = v1.After(task_ids=parents, **{"pass": v1.PASS_EACH})
    return v1.TaskSubmit(id=id_, app=APP, name="link", after=after)


async def submit_chain(broker):
    """Submit a chain whose client is gone at once; the ids."""
    ids = [new_id() for _ in range(LENGTH)]
    links = [a_link(id_, ids[n - 1 : n] if n else ()) for n, id_ in enumerate(ids)]
    async with GrpcBroker(broker.url) as client:
        response = await client.submit(v1.SubmitRequest(tasks=links))
    assert not any(one.HasField("error") for one in response.receipts)
    return ids


async def ready(client, id_):
    """Wait until a task waits for others no more: a silent worker is not waited for."""
    async with client.watch(v1.WatchRequest(id=id_)) as responses:
        async for response in responses:
            if "new" in kinds(response.events):
                return
    raise AssertionError("it ended before it was ready")


async def ended(client, id_):
    """How a task ended."""
    return (await client.get(v1.GetRequest(id=id_, wait=seconds(WITHIN)))).status


async def run_links(broker, count):
    """Run so many links of a chain, on a worker of their own; the last result."""
    async with (
        GrpcBroker(broker.url) as client,
        ScriptedWorker.connected(client, "link", credit=count, app=APP) as worker,
    ):
        result = 0
        for _ in range(count):
            (assign,) = await worker.take()
            result = 1 + sum(int(one.json) for one in assign.task.inputs)
            await worker.succeed(assign, str(result))
        await worker.goodbye()
    return result


async def test_a_chain_completes_over_killed_brokers(rig, storage):
    broker = rig.broker(storage)
    await broker.start()
    ids = await submit_chain(broker)
    for n in range(LENGTH):
        # Killed when the end of a link is known, and the next may not be released yet.
        await broker.kill()
        await broker.start()
        with anyio.fail_after(WITHIN):
            async with GrpcBroker(broker.url) as client:
                await ready(client, ids[n])
            assert await run_links(broker, 1) == n + 1
    async with GrpcBroker(broker.url) as client:
        status = await ended(client, ids[-1])
    assert status.state == v1.TASK_STATE_SUCCESS
    assert status.result.json == str(LENGTH)


async def test_a_failure_reaches_the_end_of_a_chain_over_a_killed_broker(rig, storage):
    broker = rig.broker(storage)
    await broker.start()
    ids = await submit_chain(broker)
    async with GrpcBroker(broker.url) as client:
        await client.cancel(v1.CancelRequest(ids=ids[:1]))
    await broker.kill()
    await broker.start()
    async with GrpcBroker(broker.url) as client:
        status = await ended(client, ids[-1])
    assert status.cancel_reason == f"dependency {ids[-2]} ended as cancel"
