"""What is promised to those who submit."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    seconds,
    status,
    submit,
    submit_one,
    task,
)


class SubmitPromises(BrokerCase):
    """What is promised to those who submit."""

    async def test_submit_gives_a_receipt_for_each(self, broker: Broker) -> None:
        good, bad, late = await submit(
            broker, task(), task(""), task(delay=seconds(60))
        )
        assert good.state == v1.TASK_STATE_NEW
        assert good.seq == 1
        assert bad.error.reason == "INVALID_FIELD"
        assert bad.error.field == "tasks[1].name"
        assert late.state == v1.TASK_STATE_SCHEDULED
        assert (await status(broker, good.id)).name == "job"

    async def test_same_id_and_content_is_the_same_task(self, broker: Broker) -> None:
        first = task(id=new_id())
        (one,) = await submit(broker, first)
        (again,) = await submit(broker, first)
        assert (one.id, one.existing) == (first.id, False)
        assert (again.id, again.existing) == (first.id, True)

    async def test_same_id_with_other_content_is_refused(self, broker: Broker) -> None:
        task_id = new_id()
        await submit(broker, task(id=task_id))
        (refused,) = await submit(broker, task("other", id=task_id))
        assert refused.error.reason == "TASK_ID_CONFLICT"
        assert (await status(broker, task_id)).name == "job"

    async def test_idempotency_key_returns_the_first(self, broker: Broker) -> None:
        first = await submit_one(broker, idempotency_key="k")
        (second,) = await submit(broker, task("other", idempotency_key="k"))
        (elsewhere,) = await submit(broker, task(idempotency_key="k", app="another"))
        assert (second.id, second.existing) == (first, True)
        assert elsewhere.id != first

    async def test_one_batch_with_the_same_id_twice(self, broker: Broker) -> None:
        twin = task(id=new_id())
        receipts = await submit(broker, twin, twin)
        assert [receipt.existing for receipt in receipts] == [False, True]

    async def test_too_many_tasks_are_refused(self, broker: Broker) -> None:
        with pytest.raises(errors.TooMany):
            await submit(broker, *[task()] * 4097)

    async def test_unserved_names_are_accepted_and_shown(self, broker: Broker) -> None:
        task_id = await submit_one(broker, name="nobody")
        assert (await status(broker, task_id)).unserved
        async with connected(broker, "nobody") as worker:
            assert (await worker.take())[0].task.id == task_id
