"""What is promised of tasks that wait for other tasks."""

from collections.abc import Sequence

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    eventually,
    seconds,
    status,
    submit,
    submit_one,
    task,
)
from qtasks.testing.scripted_worker import ScriptedWorker, json_payload

SUCCESS = v1.TASK_STATE_SUCCESS
SCHEDULED = v1.TASK_STATE_SCHEDULED
NEW = v1.TASK_STATE_NEW
CANCEL = v1.TASK_STATE_CANCEL


def after(
    *task_ids: str,
    give: int = v1.PASS_UNSPECIFIED,
    on_failure: int = v1.ON_FAILURE_UNSPECIFIED,
) -> v1.After:
    """What a task waits for."""
    return v1.After(task_ids=task_ids, on_failure=on_failure, **{"pass": give})  # type: ignore[arg-type]  # a keyword


async def stands(broker: Broker, task_id: str, state: int) -> None:
    """Wait until a task is in a state."""

    async def condition() -> bool:
        return (await status(broker, task_id)).state == state

    await eventually(condition)


async def run(worker: ScriptedWorker, result: str = "1") -> v1.Assign:
    """Let a worker run the next task."""
    (assign,) = await worker.take()
    await worker.succeed(assign, result)
    return assign


def inputs(assign: v1.Assign) -> Sequence[str]:
    """What a task was given of those it waited for."""
    return [one.json for one in assign.task.inputs]


REFUSED = [
    ({"after": after("nonsense")}, "tasks[0].after.task_ids[0]", "INVALID_FIELD"),
    ({"after": after(*[new_id()] * 10_001)}, "tasks[0].after.task_ids", "TOO_MANY"),
    (
        {"after": v1.After(task_ids=[new_id()], on_failure=9)},  # type: ignore[arg-type]
        "tasks[0].after.on_failure",
        "INVALID_FIELD",
    ),
    (
        {"after": v1.After(task_ids=[new_id()], **{"pass": 9})},  # type: ignore[arg-type]
        "tasks[0].after.pass",
        "INVALID_FIELD",
    ),
    ({"inputs": [json_payload("1")]}, "tasks[0].inputs", "INVALID_FIELD"),
    ({"each": True, "args": json_payload("[[1], 2]")}, "tasks[0].args", "INVALID_JSON"),
]


class WaitPromises(BrokerCase):
    """What is promised of tasks that wait for other tasks."""

    async def test_a_waiting_task_is_scheduled_without_a_time(
        self, broker: Broker, other: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = await submit_one(broker, after=after(parent), delay=seconds(60))
        found = await status(other, child)
        assert found.state == SCHEDULED
        assert not found.HasField("due_time")
        async with connected(broker, "job") as worker:
            await run(worker)
            await stands(other, parent, SUCCESS)

            async def due() -> bool:
                return (await status(other, child)).HasField("due_time")

            await eventually(due)
        found = await status(other, child)
        assert found.state == SCHEDULED
        assert 59 <= found.due_time.seconds - found.create_time.seconds <= 61

    async def test_a_chain_runs_in_order_and_hands_results_on(
        self, broker: Broker, other: Broker
    ) -> None:
        ids = [new_id() for _ in range(4)]
        chain = [
            task(id=id_, after=after(*ids[n - 1 : n], give=v1.PASS_EACH))
            for n, id_ in enumerate(ids)
        ]
        # In one request, the last ones first.
        receipts = await submit(broker, *reversed(chain))
        assert [one.state for one in receipts] == [SCHEDULED] * 3 + [NEW]
        async with connected(other, "job") as worker:
            for n, id_ in enumerate(ids):
                assign = await run(worker, str(n))
                assert assign.lease.task_id == id_
                assert inputs(assign) == ([str(n - 1)] if n else [])
            assert (await ended(broker, ids[-1])).result.json == "3"

    async def test_a_diamond_joins_in_the_order_asked_for(self, broker: Broker) -> None:
        top = await submit_one(broker)
        left = await submit_one(broker, name="left", after=after(top))
        right = await submit_one(broker, name="right", after=after(top))
        down = await submit_one(
            broker, name="down", after=after(left, right, give=v1.PASS_LIST)
        )
        async with connected(broker, "job", "left", "right", "down") as worker:
            await run(worker)
            assigns = {one.task.name: one for one in await worker.take(2)}
            await worker.succeed(assigns["right"], '"r"')
            await stands(broker, right, SUCCESS)
            assert (await status(broker, down)).state == SCHEDULED
            await worker.succeed(assigns["left"], '"l"')
            assert inputs(await run(worker)) == ['"l"', '"r"']

    async def test_nulls_are_given_in_lists_only(self, broker: Broker) -> None:
        parents = [await submit_one(broker) for _ in range(2)]
        async with connected(broker, "job", "each", "list") as worker:
            await run(worker, "null")
            await run(worker, "2")
            for name, give, expected in (
                ("each", v1.PASS_EACH, ["2"]),
                ("list", v1.PASS_LIST, ["null", "2"]),
            ):
                await submit_one(broker, name=name, after=after(*parents, give=give))
                assert inputs(await run(worker)) == expected

    async def test_a_failure_cancels_those_behind_it(
        self, broker: Broker, other: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = await submit_one(other, after=after(parent))
        grandchild = await submit_one(broker, after=after(child))
        async with connected(other, "job") as worker:
            (assign,) = await worker.take()
            await worker.fail(assign)
            found = await ended(broker, child)
            assert found.state == CANCEL
            assert found.cancel_reason == f"dependency {parent} ended as error"
            found = await ended(other, grandchild)
            assert found.cancel_reason == f"dependency {child} ended as cancel"

    async def test_a_task_may_run_whatever_became_of_the_others(
        self, broker: Broker
    ) -> None:
        good, bad = await submit_one(broker), await submit_one(broker, name="bad")
        waits = after(
            bad, good, new_id(), give=v1.PASS_LIST, on_failure=v1.ON_FAILURE_RUN
        )
        await submit_one(broker, name="last", after=waits)
        await broker.cancel(v1.CancelRequest(ids=[bad]))
        async with connected(broker, "job", "last") as worker:
            await run(worker, "7")
            assert inputs(await run(worker)) == ["null", "7", "null"]

    async def test_what_is_decided_waits_for_all(self, broker: Broker) -> None:
        bad, slow = await submit_one(broker), await submit_one(broker)
        child = await submit_one(broker, after=after(bad, slow))
        await broker.cancel(v1.CancelRequest(ids=[bad]))
        assert (await ended(broker, bad)).state == CANCEL
        assert (await status(broker, child)).state == SCHEDULED
        await broker.cancel(v1.CancelRequest(ids=[slow]))
        reason = (await ended(broker, child)).cancel_reason
        assert reason == f"dependency {bad} ended as cancel"

    async def test_unknown_tasks_count_as_failed(self, broker: Broker) -> None:
        unknown = new_id()
        child = await submit_one(broker, after=after(unknown))
        reason = (await ended(broker, child)).cancel_reason
        assert reason == f"dependency {unknown} ended as unknown"

    async def test_deleted_tasks_count_as_failed(
        self, broker: Broker, other: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = await submit_one(broker, after=after(parent))
        await other.delete(v1.DeleteRequest(ids=[parent]))
        assert (await ended(broker, child)).state == CANCEL

    async def test_cancelling_a_waiting_task_ends_what_waits_for_it(
        self, broker: Broker, other: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = await submit_one(broker, after=after(parent))
        grandchild = await submit_one(broker, after=after(child))
        await other.cancel(v1.CancelRequest(ids=[child], reason="enough"))
        assert (await ended(broker, child)).cancel_reason == "enough"
        assert (await ended(broker, grandchild)).state == CANCEL
        assert (await status(broker, parent)).state == NEW

    async def test_a_cancelled_one_waits_again_when_requeued(
        self, broker: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = await submit_one(
            broker, name="child", after=after(parent, give=v1.PASS_EACH)
        )
        async with connected(broker, "job", "child") as worker:
            (assign,) = await worker.take()
            await worker.fail(assign)
            await ended(broker, child)
            await broker.requeue(v1.RequeueRequest(ids=[parent, child]))
            assert (await status(broker, child)).state == SCHEDULED
            await run(worker, "5")
            for _ in range(2):
                assert inputs(await run(worker)) == ["5"]
                assert (await ended(broker, child)).state == SUCCESS
                # What it was given stays its own.
                await broker.delete(v1.DeleteRequest(ids=[parent]))
                await broker.requeue(v1.RequeueRequest(ids=[child]))

    async def test_a_task_may_wait_for_a_thousand(
        self, broker: Broker, other: Broker
    ) -> None:
        parents = [task(id=new_id()) for _ in range(1000)]
        ids = [one.id for one in parents]
        waits = after(*ids, give=v1.PASS_LIST)
        await submit(broker, task("last", id=new_id(), after=waits), *parents)
        async with connected(other, "job", "last", credit=1001) as worker:
            assigns = await worker.take(1000)
            settles = [
                v1.Settle(
                    lease=assign.lease,
                    result=json_payload(str(ids.index(assign.lease.task_id))),
                )
                for assign in assigns
            ]
            for part in (settles[500:], settles[:500]):
                await worker.send(v1.ConnectRequest(settles=part))
            assert inputs(await run(worker)) == [str(n) for n in range(1000)]

    async def test_results_that_are_too_large_together_cancel_it(
        self, broker: Broker
    ) -> None:
        parents = [await submit_one(broker) for _ in range(2)]
        waits = after(*parents, give=v1.PASS_LIST)
        child = await submit_one(broker, name="child", after=waits)
        plain = await submit_one(broker, name="plain", after=after(*parents))
        async with connected(broker, "job", "plain") as worker:
            for _ in range(2):
                await run(worker, f'"{"x" * 600_000}"')
            assert (await run(worker)).lease.task_id == plain
        reason = (await ended(broker, child)).cancel_reason
        assert reason == (
            "the results of its dependencies have 1200012 bytes together, "
            "more than 1048576"
        )

    async def test_a_waiting_task_expires(self, broker: Broker) -> None:
        parent = await submit_one(broker)
        late = task(after=after(parent))
        late.expire_time.GetCurrentTime()
        late.expire_time.seconds += 1
        (receipt,) = await submit(broker, late)
        assert receipt.state == SCHEDULED
        assert (await ended(broker, receipt.id)).cancel_reason == "expired"

    async def test_submitting_a_released_task_again_changes_nothing(
        self, broker: Broker, other: Broker
    ) -> None:
        parent = await submit_one(broker)
        child = task(
            "child",
            id=new_id(),
            idempotency_key="once",
            after=after(parent, give=v1.PASS_EACH),
        )
        (first,) = await submit(broker, child)
        (again,) = await submit(other, child)
        assert (again.existing, again.state) == (True, SCHEDULED)
        async with connected(broker, "job", "child") as worker:
            await run(worker)
            await run(worker)
        (again,) = await submit(other, child)
        assert (again.id, again.existing) == (first.id, True)
        assert not again.HasField("error")

    @pytest.mark.parametrize(("fields", "field", "reason"), REFUSED)
    async def test_what_can_not_be_waited_for_is_refused_by_name(
        self, broker: Broker, fields: dict[str, object], field: str, reason: str
    ) -> None:
        (receipt,) = await submit(broker, task(**fields))  # type: ignore[arg-type]
        assert (receipt.error.field, receipt.error.reason) == (field, reason)

    async def test_nobody_waits_for_himself_not_even_in_a_circle(
        self, broker: Broker
    ) -> None:
        a, b, c = new_id(), new_id(), new_id()
        receipts = await submit(
            broker,
            task(id=a, after=after(b)),
            task(id=b, after=after(a)),
            task(id=c, after=after(c)),
            task(after=after(a)),
        )
        fields = [one.error.field for one in receipts]
        assert fields[:3] == [f"tasks[{n}].after.task_ids" for n in range(3)]
        assert (await ended(broker, receipts[3].id)).state == CANCEL
        with pytest.raises(errors.TaskNotFound):
            await status(broker, a)
