"""The worker's connection against a scripted broker: reconnects, acks, lost leases."""

import logging
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import anyio
import pytest

from qtasks import v1
from qtasks.asyncio import QueueTasks
from qtasks.core.records import Token
from qtasks.engine.events import timestamp
from qtasks.errors import BrokerUnavailable, SessionLost
from qtasks.workers.connection import WorkerConnection
from qtasks.workers.exchange import Exchange, Stop
from qtasks.workers.frames import MAX_UNACKED_EVENTS

pytestmark = pytest.mark.anyio


class Channel:
    """One scripted stream: what was sent to it, and what it says."""

    def __init__(self):
        self.sent = []
        self.news = anyio.Event()
        self.says, self._heard = anyio.create_memory_object_stream(100)

    async def send(self, frame):
        copy = v1.ConnectRequest()
        copy.CopyFrom(frame)
        self.sent.append(copy)
        self.news.set()

    async def receive(self):
        said = await self._heard.receive()
        if isinstance(said, Exception):
            raise said
        return said

    def say(self, **fields):
        self.says.send_nowait(v1.ConnectResponse(**fields))

    def welcome(self, standing=()):
        welcome = v1.Welcome(standing=standing)
        welcome.lease.seconds = 10
        welcome.heartbeat.seconds = 3
        self.say(welcome=welcome)

    def end(self, error=None):
        self.says.send_nowait(error or BrokerUnavailable())

    async def frame(self, which):
        """The first frame that is as asked."""
        while True:
            for frame in self.sent:
                if which(frame):
                    return frame
            self.news = anyio.Event()
            await self.news.wait()

    def close(self):
        self.says.close()
        self._heard.close()


class ScriptedBroker:
    def __init__(self):
        self.channels = []
        self.news = anyio.Event()

    @asynccontextmanager
    async def connect(self):
        channel = Channel()
        self.channels.append(channel)
        self.news.set()
        try:
            yield channel
        finally:
            channel.close()

    async def channel(self, number):
        while len(self.channels) <= number:
            self.news = anyio.Event()
            await self.news.wait()
        return self.channels[number]


class Rig:
    def __init__(self):
        self.app = QueueTasks(broker_url="memory://")
        self.app.task("task")(lambda: None)
        self.broker = ScriptedBroker()
        self.exchange = Exchange()
        self.told = []
        self.exchange.to_runner.attach()
        self.connection = WorkerConnection(
            self.broker,
            self.app.worker_plan(),
            self.exchange,
            on_connected=lambda: None,
            on_leave=lambda: self.told.append("leave"),
        )

    def settle(self, token):
        lease = v1.Lease(task_id=token.id, lease_id=token.lease)
        settle = v1.Settle(lease=lease, result=v1.Payload(json="1"))
        self.exchange.outbox.put_settle(token, settle, 1)


@pytest.fixture
async def rig():
    rig = Rig()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rig.connection.run)
        with anyio.fail_after(10):
            yield rig
        tasks.cancel_scope.cancel()


def assign(task_id="a"):
    lease = v1.Lease(task_id=task_id, lease_id=1)
    task = v1.TaskSubmit(id=task_id, name="task")
    return v1.Assign(lease=lease, attempt=1, task=task)


def numbered(frame):
    return frame.frame > 0


async def test_it_introduces_itself(rig):
    channel = await rig.broker.channel(0)
    hello = (await channel.frame(lambda frame: frame.HasField("hello"))).hello
    assert hello.app == "QueueTasks"
    assert [task.name for task in hello.tasks] == ["task"]
    assert hello.credit == hello.slots == 10
    assert list(hello.queues) == ["default"]


async def test_assigned_tasks_come_to_the_runner(rig):
    channel = await rig.broker.channel(0)
    channel.welcome()
    channel.say(assigns=[assign("a"), assign("b")])
    await rig.exchange.to_runner.wait()
    while len(rig.exchange.backlog) < 2:
        await rig.exchange.to_runner.wait()
    assert [one.token.id for one in rig.exchange.backlog] == ["a", "b"]


async def running(rig, channel, task_id="a"):
    """Have a task assigned and taken by the runner."""
    channel.say(assigns=[assign(task_id)])
    while not rig.exchange.backlog:
        await rig.exchange.to_runner.wait()
    return rig.exchange.backlog.popleft().token


async def test_who_was_frozen_hears_first_what_the_broker_said(rig, monkeypatch):
    """Who takes the broker for silent comes back with a session that may be over."""
    first = await rig.broker.channel(0)
    hello = (await first.frame(lambda frame: frame.HasField("hello"))).hello
    first.welcome()
    await running(rig, first)
    frozen = SimpleNamespace(monotonic=lambda: time.monotonic() + 100)
    monkeypatch.setattr("qtasks.workers.connection.time", frozen)
    first.sent.clear()
    rig.exchange.to_connection.ring()
    await first.frame(lambda frame: not frame.HasField("hello"))
    rig.exchange.to_connection.ring()
    await anyio.wait_all_tasks_blocked()
    first.end(SessionLost())
    second = await rig.broker.channel(1)
    again = (await second.frame(lambda frame: frame.HasField("hello"))).hello
    assert again.session != hello.session
    assert not again.held


async def test_what_is_not_acknowledged_is_sent_again_as_it_was(rig):
    first = await rig.broker.channel(0)
    first.welcome()
    token = await running(rig, first)
    rig.settle(token)
    sent = await first.frame(numbered)
    first.end()
    second = await rig.broker.channel(1)
    hello = (await second.frame(lambda frame: frame.HasField("hello"))).hello
    assert [held.lease.task_id for held in hello.held] == ["a"]
    assert hello.held[0].started
    second.welcome(standing=[held.lease for held in hello.held])
    again = await second.frame(numbered)
    sent.ClearField("credit")
    assert again == sent
    second.say(acked=again.frame)
    second.end()
    third = await rig.broker.channel(2)
    hello = (await third.frame(lambda frame: frame.HasField("hello"))).hello
    assert not hello.held
    assert hello.credit == 10


async def test_events_are_numbered_within_their_lease_over_streams(rig):
    first = await rig.broker.channel(0)
    first.welcome()
    token = await running(rig, first)
    event = v1.TaskEvent(progress=v1.Progress(done=1))
    rig.exchange.outbox.put_event(token, event, 1)
    frame = await first.frame(lambda frame: frame.events)
    assert frame.events[0].first == 1
    first.say(acked=frame.frame)
    first.end()
    second = await rig.broker.channel(1)
    second.welcome(standing=[v1.Lease(task_id="a", lease_id=1)])
    rig.exchange.outbox.put_event(token, event, 1)
    frame = await second.frame(lambda frame: frame.events)
    assert frame.events[0].first == 2


async def test_events_wait_while_too_many_are_under_way(rig):
    channel = await rig.broker.channel(0)
    channel.welcome()
    token = await running(rig, channel)
    event = v1.TaskEvent(progress=v1.Progress(done=1))
    for _ in range(MAX_UNACKED_EVENTS):
        rig.exchange.outbox.put_event(token, event, 1)
    first = await channel.frame(lambda frame: frame.events)
    rig.exchange.outbox.put_event(token, event, 1)
    await anyio.wait_all_tasks_blocked()
    assert len(rig.exchange.outbox) == 1
    channel.say(acked=first.frame)
    second = await channel.frame(lambda frame: frame.frame > first.frame)
    assert second.events[0].first == MAX_UNACKED_EVENTS + 1


@pytest.mark.parametrize("how", ["lost", "standing", "session"])
async def test_a_lost_lease_stops_its_task(rig, how):
    channel = await rig.broker.channel(0)
    channel.welcome()
    token = await running(rig, channel)
    if how == "lost":
        channel.say(lost=[v1.Lease(task_id="a", lease_id=1)])
    elif how == "standing":
        channel.end()
        (await rig.broker.channel(1)).welcome()
    else:
        channel.end(SessionLost())
    while not rig.exchange.notices:
        await rig.exchange.to_runner.wait()
    notice = rig.exchange.notices.popleft()
    assert isinstance(notice, Stop)
    assert notice.token == token
    assert notice.lost
    assert not rig.exchange.leases.held


async def test_a_lost_session_is_followed_by_another(rig):
    first = await rig.broker.channel(0)
    before = (await first.frame(lambda frame: frame.HasField("hello"))).hello
    first.welcome()
    first.end(SessionLost())
    second = await rig.broker.channel(1)
    after = (await second.frame(lambda frame: frame.HasField("hello"))).hello
    assert before.session != after.session


async def test_a_draining_broker_is_left_with_a_promise_to_come_back(rig):
    first = await rig.broker.channel(0)
    first.welcome()
    first.say(drain=v1.Drain())
    goodbye = await first.frame(lambda frame: frame.HasField("goodbye"))
    assert goodbye.goodbye.resuming
    first.end()
    await rig.broker.channel(1)


async def test_a_worker_that_is_drained_stays_until_it_has_finished(rig):
    first = await rig.broker.channel(0)
    first.welcome()
    first.say(drain=v1.Drain(leave=True), assigns=[assign("a")])
    while not rig.exchange.backlog:
        await rig.exchange.to_runner.wait()
    assert rig.told == ["leave"]
    first.say(drain=v1.Drain(by=timestamp(1.0), leave=True))
    goodbye = await first.frame(lambda frame: frame.HasField("goodbye"))
    assert goodbye.goodbye.resuming
    assert rig.told == ["leave", "leave"]
    first.end()
    await rig.broker.channel(1)


async def test_a_draining_worker_takes_its_credit_and_its_backlog_back(rig, caplog):
    caplog.set_level(logging.INFO, "qtasks.workers.connection")
    first = await rig.broker.channel(0)
    first.welcome()
    first.say(assigns=[assign("a")])
    while not rig.exchange.backlog:
        await rig.exchange.to_runner.wait()
    rig.connection.drain()
    goodbye = await first.frame(lambda frame: frame.HasField("goodbye"))
    assert goodbye.goodbye.resuming
    first.end()
    second = await rig.broker.channel(1)
    hello = (await second.frame(lambda frame: frame.HasField("hello"))).hello
    assert hello.credit == 0
    second.welcome(standing=[held.lease for held in hello.held])
    frame = await second.frame(lambda frame: frame.settles)
    assert [one.lease.task_id for one in frame.settles] == ["a"]
    assert frame.settles[0].HasField("given_back")
    second.say(assigns=[assign("b")])
    frame = await second.frame(
        lambda frame: any(one.lease.task_id == "b" for one in frame.settles)
    )
    assert frame.settles[0].HasField("given_back")
    # The second stream is none that anybody waits for.
    assert [one.message for one in caplog.records] == ["worker connected"]


async def test_it_leaves_when_everything_is_said():
    rig = Rig()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rig.connection.run)
            channel = await rig.broker.channel(0)
            channel.welcome()
            token = await running(rig, channel)
            rig.settle(token)
            rig.connection.leave()
            frame = await channel.frame(numbered)
            assert not any(one.HasField("goodbye") for one in channel.sent)
            channel.say(acked=frame.frame)
            await channel.frame(lambda frame: frame.HasField("goodbye"))
            channel.end()


async def test_a_started_task_is_reported_only_while_it_runs(rig):
    channel = await rig.broker.channel(0)
    channel.welcome()
    first = await running(rig, channel, "a")
    rig.exchange.begun[first] = None
    rig.exchange.to_connection.ring()
    frame = await channel.frame(lambda frame: frame.started)
    assert [one.task_id for one in frame.started] == ["a"]
    second = await running(rig, channel, "b")
    rig.exchange.begun[second] = None
    rig.settle(second)
    frame = await channel.frame(lambda frame: frame.settles)
    assert not frame.started


async def test_an_answer_closes_its_question(rig):
    channel = await rig.broker.channel(0)
    channel.welcome()
    token = await running(rig, channel)
    asked = v1.TaskEvent(asked=v1.Asked(ask_id="q"))
    rig.exchange.outbox.put_event(token, asked, 1)
    await channel.frame(lambda frame: frame.events)
    assert rig.exchange.leases.held[Token("a", 1)].asks == {"q"}
    lease = v1.Lease(task_id="a", lease_id=1)
    channel.say(answers=[v1.Answer(lease=lease, ask_id="q")])
    while not rig.exchange.notices:
        await rig.exchange.to_runner.wait()
    assert not rig.exchange.leases.held[Token("a", 1)].asks
