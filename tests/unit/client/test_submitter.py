"""The submitter: much in a few requests, a few of them under way at once."""

from contextlib import AsyncExitStack

import anyio
import pytest

from qtasks import v1
from qtasks.client.submitter import MAX_TASKS, UNDER_WAY, Submitter
from qtasks.errors import InvalidField

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
