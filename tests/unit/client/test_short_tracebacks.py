"""Without a broker, the traceback shows the caller's line and not ours."""

import traceback

import pytest

import qtasks
import qtasks.asyncio
from qtasks.errors import BrokerUnavailable

NOWHERE = "grpc://127.0.0.1:1"
MOST_FRAMES = 6


def check(error):
    assert error.__cause__ is None
    assert error.__suppress_context__
    frames = traceback.extract_tb(error.__traceback__)
    assert len(frames) <= MOST_FRAMES
    assert "qtasks serve" in error.message


def test_of_a_sync_app():
    with (
        qtasks.QueueTasks(broker_url=NOWHERE) as app,
        pytest.raises(BrokerUnavailable) as raised,
    ):
        app.add_task("job")
    check(raised.value)


async def test_of_an_async_app():
    async with qtasks.asyncio.QueueTasks(broker_url=NOWHERE) as app:
        with pytest.raises(BrokerUnavailable) as raised:
            await app.add_task("job")
    check(raised.value)
