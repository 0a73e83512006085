"""What a decorator said counts wherever the task is submitted from."""

from datetime import timedelta

import grpc
import pytest

from qtasks import Backoff, v1
from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from qtasks_broker.server import serving
from tests.integration.app_rig import quick_config


@pytest.fixture
async def port():
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
    ):
        yield server.port


@pytest.fixture
async def working(port):
    """An app whose worker runs, and a task that fails twice."""
    url = f"grpc://127.0.0.1:{port}"
    async with QueueTasks(broker_url=url, config=quick_config()) as app:
        attempts = []

        @app.task(
            priority=-7,
            queue="slow",
            retry=2,
            retry_backoff=Backoff(initial=0.001),
            max_time=timedelta(seconds=20),
            keep_result=60,
            tags=["red"],
            description="Fail twice.",
        )
        async def stubborn(number: int = 1):
            attempts.append(number)
            if len(attempts) < 3:
                raise ValueError(number)
            return len(attempts)

        async with app.worker():
            yield app


@pytest.mark.usefixtures("working")
async def test_a_program_that_knows_the_name_only(port):
    async with QueueTasks(broker_url=f"grpc://127.0.0.1:{port}") as stranger:
        task = await stranger.add_task("stubborn", 5, timeout=10)
        assert (task.status, task.returning, task.attempt) == ("success", 3, 3)
        assert (task.priority, task.queue, task.tags) == (-7, "slow", ["red"])


async def test_a_task_submitted_before_anybody_registered_it_is_tried_again(port):
    url = f"grpc://127.0.0.1:{port}"
    async with (
        QueueTasks(broker_url=url) as stranger,
        QueueTasks(broker_url=url, config=quick_config()) as app,
    ):
        early = await stranger.add_task("late")

        @app.task(retry=1, retry_backoff=0.001)
        async def late():
            raise ValueError("again")

        async with app.worker():
            await early.wait(10)
            assert (early.status, early.attempt, early.retry) == ("error", 2, 0)


@pytest.mark.usefixtures("working")
async def test_what_it_says_itself_stands(port):
    async with QueueTasks(broker_url=f"grpc://127.0.0.1:{port}") as stranger:
        task = await stranger.add_task(
            "stubborn", 5, retry=0, priority=0, tags=["blue"], timeout=10
        )
        assert (task.status, task.attempt, task.max_attempts) == ("error", 1, 1)
        assert (task.priority, task.queue, task.tags) == (0, "slow", ["blue"])


@pytest.mark.usefixtures("working")
async def test_another_language(port):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = TaskServiceStub(channel).Run(
            v1.RunRequest(task=v1.TaskSubmit(name="stubborn"))
        )
        events = [event async for response in call for event in response.events]
        ended = events[-1].finished.status
        assert ended.state == v1.TASK_STATE_SUCCESS
        assert (ended.attempt, ended.queue, ended.priority) == (3, "slow", -7)


async def test_whoever_looks_sees_it(working):
    connection = await working.home.open()
    answer = await connection.broker.inspect_task(
        v1.InspectTaskRequest(name="stubborn")
    )
    info = answer.task
    assert (info.description, info.priority, info.tags) == ("Fail twice.", -7, ["red"])
    assert info.parameters[0].name == "number"
    assert info.defaults.max_time.seconds == 20
    assert info.defaults.keep_result.seconds == 60
    assert info.defaults.retry.max_attempts == 3
