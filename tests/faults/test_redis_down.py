"""Redis goes away, comes back, refuses: callers hear it soon, and nothing acked is lost."""

from contextlib import contextmanager
from time import perf_counter
from uuid import uuid4

import anyio
import pytest

from qtasks.core.records import Lane, LeaseRequest, NewTask, Session, Settlement, Token
from qtasks.core.signals import Resync, Touched, Work
from qtasks.core.states import State
from qtasks.errors import StorageUnavailable
from qtasks.storages.redis import RedisStorage
from tests.ports import free_port
from tests.servers import RedisServer

pytestmark = pytest.mark.anyio

LANE = Lane("faults", "default", "work")
SOON = 3.0
"""Seconds within which a caller hears that Redis is down; it should be below one."""


def a_task(**values) -> NewTask:
    return NewTask(str(uuid4()), LANE, b"spec", **values)


def a_request(limit=100):
    return LeaseRequest(
        "session", "worker", LANE.app, (LANE.queue,), frozenset({LANE.name}), limit
    )


@pytest.fixture
def server(tmp_path):
    """A server that keeps what it acknowledged."""
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with RedisServer(tmp_path, *durable).running() as server:
        yield server


@pytest.fixture
async def storage(server):
    async with RedisStorage(server.url) as storage:
        yield storage


@contextmanager
def hears_soon(match=""):
    began = perf_counter()
    with pytest.raises(StorageUnavailable, match=match):
        yield
    assert perf_counter() - began < SOON


async def test_it_goes_on_after_a_restart(server, storage):
    (stored,) = await storage.submit([a_task()])
    await storage.open_session(Session("session", "worker", LANE.app, b""), 60.0)
    server.kill()
    with hears_soon("can't be reached"):
        await storage.submit([a_task()])
    with hears_soon("can't be reached"):
        await storage.lease(a_request())
    server.start()
    (record,) = await storage.lease(a_request())
    assert record.id == stored.id
    (settled,) = await storage.settle(
        [Settlement(Token(record.id, record.lease), State.SUCCESS, b"result")]
    )
    assert settled.accepted


async def test_nothing_acked_is_lost_when_it_dies_under_load(server, storage):
    acked: list[str] = []
    refused = anyio.Event()

    async def submit_until_refused():
        while True:
            tasks = [a_task() for _ in range(20)]
            try:
                acked.extend(result.id for result in await storage.submit(tasks))
            except StorageUnavailable:
                refused.set()
                return
            if len(acked) > 2_000 and server.is_running:
                server.kill()

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(submit_until_refused)
    assert refused.is_set()
    server.start()
    assert None not in await storage.get(acked)


async def test_a_cancelled_call_happened_or_not_and_disturbs_no_other(storage):
    tasks = [a_task() for _ in range(200)]
    await storage.open_session(Session("session", "worker", LANE.app, b""), 60.0)

    async def submit_and_give_up(task, scope):
        with scope:
            await storage.submit([task])

    async with anyio.create_task_group() as group:
        for number, task in enumerate(tasks):
            scope = anyio.CancelScope()
            group.start_soon(submit_and_give_up, task, scope)
            await anyio.lowlevel.checkpoint()
            if number % 2:
                scope.cancel()
    found = [
        record for record in await storage.get([task.id for task in tasks]) if record
    ]
    assert len(found) >= len(tasks) / 2
    granted = await storage.lease(a_request(limit=1_000))
    assert {record.id for record in granted} == {record.id for record in found}


async def test_signals_come_back_with_a_resync(server, storage):
    async with RedisStorage(server.url) as other, storage.signals() as heard:
        assert await _next(heard) == Resync()
        server.kill()
        server.start()
        assert await _next(heard) == Resync()
        await other.publish(Work(LANE))
        assert await _next(heard) == Work(LANE)


async def test_a_cut_channel_is_made_anew(server, storage):
    async with RedisStorage(server.url) as other, storage.signals() as heard:
        assert await _next(heard) == Resync()
        await other._link.command("CLIENT", "KILL", "TYPE", "pubsub")
        assert await _next(heard) == Resync()
        (told,) = await storage.submit([a_task(watched=True)])
        await other.cancel([told.id], "enough", b"")
        assert await _next(heard) == Touched(told.id)


async def test_a_server_that_answers_nothing_is_not_waited_for(server):
    url = f"{server.url}?socket_timeout=0.2"
    async with RedisStorage(url) as storage:
        server.freeze()
        with hears_soon("can't be reached"):
            await storage.submit([a_task()])
        server.thaw()
        (record,) = await storage.submit([a_task()])
        assert record.state is State.NEW


async def test_scripts_are_loaded_again_when_the_server_forgot_them(storage):
    await storage.submit([a_task()])
    await storage._link.command("SCRIPT", "FLUSH")
    await storage.submit([a_task()])


async def test_sessions_are_lost_with_a_server_that_keeps_nothing(tmp_path):
    with RedisServer(tmp_path).running() as server:
        async with RedisStorage(server.url) as storage:
            session = Session("session", "worker", LANE.app, b"")
            await storage.open_session(session, 60.0)
            server.kill()
            server.start()
            assert await storage.extend(["session"], 60.0) == ["session"]
            await storage.open_session(session, 60.0)
            await storage.submit([a_task()])
            assert len(await storage.lease(a_request())) == 1


@pytest.mark.parametrize(
    ("command", "undo"),
    [
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
        (
            ("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction"),
            ("CONFIG", "SET", "maxmemory", "0"),
        ),
    ],
    ids=["it is a replica", "its memory is full"],
)
async def test_a_server_that_refuses_to_write_is_down(storage, command, undo):
    await storage._link.command(*command)
    with hears_soon("can't serve"):
        await storage.submit([a_task()])
    await storage._link.command(*undo)
    await storage.submit([a_task()])


# -- what a person must be told ------------------------------------------------------


async def test_nobody_there():
    url = f"redis://:secret@127.0.0.1:{free_port()}"
    with hears_soon("can't be reached"):
        async with RedisStorage(url):
            pass


async def test_a_wrong_password_is_named_and_not_shown(tmp_path):
    with RedisServer(
        tmp_path, "--requirepass", "right", port=free_port()
    ).running() as (server):
        address = server.url.removeprefix("redis://")
        for login in ("", ":wrong-secret@"):
            with pytest.raises(StorageUnavailable, match="refused the login") as caught:
                async with RedisStorage(f"redis://{login}{address}"):
                    pass
            assert "wrong-secret" not in str(caught.value)
        async with RedisStorage(f"redis://:right@{address}") as storage:
            await storage.submit([a_task()])


async def test_keys_of_another_program(storage):
    await storage._link.command("LPUSH", "theirs:{0}:layout", "x")
    with hears_soon("another program"):
        async with RedisStorage(storage._link.address.label, prefix="theirs"):
            pass


async def test_another_number_of_partitions(storage):
    with hears_soon("partitions 1"):
        async with RedisStorage(storage._link.address.label, partitions=8):
            pass


OLDER = "version 1, partitions 1"


async def layout_of(storage):
    return await storage._link.command("GET", storage._link.layout.home + "layout")


async def test_keys_of_the_version_before_are_brought_up_to_date(server):
    async with RedisStorage(server.url) as storage:
        new = await layout_of(storage)
        await storage._link.command("SET", "qtasks:{0}:layout", OLDER)
    async with RedisStorage(server.url) as storage:
        assert await layout_of(storage) == new != OLDER.encode()


async def test_not_under_the_feet_of_brokers_of_the_version_before(storage, server):
    async with storage.signals():
        await storage._link.command("SET", "qtasks:{0}:layout", OLDER)
        with hears_soon("older version"):
            async with RedisStorage(server.url):
                pass
        assert await layout_of(storage) == OLDER.encode()
    async with RedisStorage(server.url):
        assert await layout_of(storage) != OLDER.encode()


async def test_keys_of_the_version_before_in_another_number_of_partitions(storage):
    await storage._link.command("SET", "qtasks:{0}:layout", OLDER)
    with hears_soon("partitions 1"):
        async with RedisStorage(storage._link.address.label, partitions=8):
            pass


async def test_what_is_not_redis():
    async def greet(stream):
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, greet)
        port = listener.extra_attributes[anyio.abc.SocketAttribute.local_port]()
        with hears_soon("not the Redis"):
            async with RedisStorage(f"redis://127.0.0.1:{port}"):
                pass
        group.cancel_scope.cancel()


async def _next(heard):
    with anyio.fail_after(10):
        return await anext(heard)
