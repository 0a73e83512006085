"""The submitter: much in a few requests, a few of them under way at once."""

from contextlib import AsyncExitStack

import anyio
import pytest

from qtasks import v1
from qtasks.client.submitter import MAX_TASKS, UNDER_WAY, Submitter
from qtasks.errors import BrokerUnavailable, InvalidField, StorageUnavailable

pytestmark = pytest.mark.anyio

PARTS = 5


class SlowBroker:
    """Answers a request when it is told to."""

    def __init__(self):
        self.under_way = []
        self.most = 0

    async def submit(self, request):
        go_on = anyio.Event()
        self.under_way.append((request, go_on))
        self.most = max(self.most, len(self.under_way))
        await go_on.wait()
        if request.tasks[0].name == "refused":
            raise InvalidField("no")
        receipts = [v1.Receipt(id=task.id) for task in request.tasks]
        return v1.SubmitResponse(receipts=receipts)

    async def answer(self, place):
        await anyio.wait_all_tasks_blocked()
        self.under_way.pop(place)[1].set()


@pytest.fixture
async def rig():
    broker = SlowBroker()
    async with AsyncExitStack() as stack:
        yield broker, await stack.enter_async_context(Submitter(broker, patience=1))


def some_tasks(count, name="task"):
    return [v1.TaskSubmit(id=str(number), name=name) for number in range(count)]


async def test_a_few_requests_are_under_way_at_once(rig):
    broker, submitter = rig
    receipts = []

    async def submit():
        receipts.extend(await submitter.submit(some_tasks(PARTS * MAX_TASKS)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(submit)
        for _ in range(PARTS):
            await broker.answer(-1)  # the last one first: receipts keep their order
    assert broker.most == UNDER_WAY
    assert [one.id for one in receipts] == [str(n) for n in range(PARTS * MAX_TASKS)]


async def test_an_error_is_raised_as_it_is(rig):
    broker, submitter = rig
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(broker.answer, 0)
        with pytest.raises(InvalidField, match="no"):
            await submitter.submit(some_tasks(2 * MAX_TASKS, name="refused"))


class FailingBroker:
    """Fails so often, and then answers."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.calls = 0

    async def submit(self, request):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return v1.SubmitResponse(receipts=[v1.Receipt(id=request.tasks[0].id)])


async def test_a_storage_that_is_away_is_waited_for_from_the_first_submit_on():
    """gRPC does not repeat such calls: whoever answers has tried already."""
    broker = FailingBroker(StorageUnavailable("away"), StorageUnavailable("away"))
    async with Submitter(broker, patience=60) as submitter:
        (receipt,) = await submitter.submit(some_tasks(1))
    assert (receipt.id, broker.calls) == ("0", 3)


async def test_a_broker_that_never_was_there_is_not_waited_for():
    broker = FailingBroker(BrokerUnavailable("gone"))
    async with Submitter(broker, patience=60) as submitter:
        with pytest.raises(BrokerUnavailable):
            await submitter.submit(some_tasks(1))
        await submitter.submit(some_tasks(1))
        broker.failures.append(BrokerUnavailable("gone"))
        await submitter.submit(some_tasks(1))
    assert broker.calls == 4


@pytest.mark.parametrize("failure", [StorageUnavailable, BrokerUnavailable])
async def test_patience_ends(failure):
    broker = FailingBroker(*[failure("away")] * 3)
    async with Submitter(broker, patience=0) as submitter:
        with pytest.raises(failure):
            await submitter.submit(some_tasks(1))
    assert broker.calls == 1
