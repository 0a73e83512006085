"""What is promised of the variables that processes share, and of forgetting an app."""

import anyio
import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.variables import MAX_SPACE, MAX_VALUE, MAX_VALUES
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    seconds,
    status,
    submit_one,
)


async def put(broker: Broker, space: str, **values: bytes) -> None:
    """Set variables."""
    await broker.set_variables(v1.SetVariablesRequest(space=space, values=values))


async def values_of(
    broker: Broker, space: str, *names: str, app: str = ""
) -> dict[str, bytes]:
    """The variables of a space."""
    request = v1.GetVariablesRequest(app=app, space=space, names=names)
    return dict((await broker.get_variables(request)).values)


async def swap(
    broker: Broker, name: str, expected: bytes | None, value: bytes | None
) -> v1.SwapVariableResponse:
    """Set a variable if it is what is expected."""
    return await broker.swap_variable(
        v1.SwapVariableRequest(space="s", name=name, expected=expected, value=value)
    )


class VariablePromises(BrokerCase):
    """What is promised of the variables that processes share."""

    async def test_what_one_sets_others_get(
        self, broker: Broker, other: Broker
    ) -> None:
        assert await values_of(other, "limits") == {}
        await put(broker, "limits", mails=b"5", calls=b"\x00\xff")
        await put(broker, "elsewhere", mails=b"7")
        assert await values_of(other, "limits") == {"mails": b"5", "calls": b"\x00\xff"}
        assert await values_of(other, "limits", "mails", "none") == {"mails": b"5"}
        assert await values_of(other, "limits", app="Another") == {}
        await other.set_variables(
            v1.SetVariablesRequest(
                space="limits", values={"new": b""}, removed=["mails", "never"]
            )
        )
        assert await values_of(broker, "limits") == {"calls": b"\x00\xff", "new": b""}

    async def test_a_swap_needs_the_value_that_is_there(
        self, broker: Broker, other: Broker
    ) -> None:
        made = await swap(broker, "n", None, b"1")
        assert (made.swapped, made.value) == (True, b"1")
        refused = await swap(other, "n", None, b"2")
        assert (refused.swapped, refused.value) == (False, b"1")
        assert (await swap(other, "n", b"1", b"2")).swapped
        assert not (await swap(broker, "n", b"1", b"3")).swapped
        removed = await swap(broker, "n", b"2", None)
        assert removed.swapped
        assert not removed.HasField("value")
        nothing = await swap(broker, "n", b"2", b"4")
        assert (nothing.swapped, nothing.HasField("value")) == (False, False)
        assert await values_of(other, "s") == {}

    async def test_nonsense_is_refused_by_name(self, broker: Broker) -> None:
        with pytest.raises(errors.InvalidField) as wrong:
            await values_of(broker, "")
        assert wrong.value.field == "space"
        with pytest.raises(errors.InvalidField) as wrong:
            await put(broker, "s", **{"": b""})
        assert wrong.value.field == "values"
        with pytest.raises(errors.InvalidField) as wrong:
            await broker.set_variables(
                v1.SetVariablesRequest(space="s", values={"a": b""}, removed=["a"])
            )
        assert wrong.value.field == "removed"
        with pytest.raises(errors.InvalidField) as wrong:
            await swap(broker, "a\n", None, b"")
        assert wrong.value.field == "name"

    async def test_limits(self, broker: Broker) -> None:
        largest = b"x" * MAX_VALUE
        await put(broker, "s", v=largest)
        assert await values_of(broker, "s") == {"v": largest}
        with pytest.raises(errors.PayloadTooLarge) as wrong:
            await put(broker, "s", v=largest + b"x")
        assert wrong.value.field == "values"
        with pytest.raises(errors.PayloadTooLarge) as wrong:
            await swap(broker, "v", largest, largest + b"x")
        assert wrong.value.field == "value"
        room = MAX_SPACE // MAX_VALUE - 2
        for number in range(room):
            await put(broker, "s", **{f"v{number}": largest})
        with pytest.raises(errors.PayloadTooLarge, match="space"):
            await put(broker, "s", last=largest)
        with pytest.raises(errors.PayloadTooLarge, match="space"):
            await swap(broker, "last", None, largest)
        names = {f"n{number}": b"" for number in range(MAX_VALUES + 1)}
        with pytest.raises(errors.TooMany, match="space"):
            await put(broker, "many", **names)
        # What is there already may be changed, and is read as a whole.
        await put(broker, "s", v=b"")
        assert len(await values_of(broker, "s")) == room + 1


class FlushPromises(BrokerCase):
    """What is promised to those who forget an app."""

    async def test_everything_goes_but_workers(
        self, broker: Broker, other: Broker
    ) -> None:
        waiting = await submit_one(broker, name="unserved")
        later = await submit_one(broker, delay=seconds(3600))
        done = await submit_one(broker)
        kept = await submit_one(broker, app="Another")
        await put(broker, "limits", mails=b"5")
        schedule = v1.Schedule(name="hourly", task=v1.TaskSubmit(name="job"))
        schedule.interval.FromSeconds(3600)
        await broker.create_schedule(v1.CreateScheduleRequest(schedule=schedule))
        await broker.set_variables(
            v1.SetVariablesRequest(app="Another", space="limits", values={"a": b"1"})
        )
        async with connected(broker, "job") as worker:
            await worker.succeed((await worker.take())[0])
            await ended(broker, done)
            flushed = await other.flush(v1.FlushRequest())
            assert (flushed.deleted, flushed.running) == (3, 0)
            workers = await broker.list_workers(v1.ListWorkersRequest())
            assert len(workers.workers) == 1
        for task_id in (waiting, later, done):
            with pytest.raises(errors.TaskNotFound):
                await status(broker, task_id)
        await status(broker, kept)
        assert await values_of(broker, "limits") == {}
        schedules = await broker.list_schedules(v1.ListSchedulesRequest())
        assert not schedules.schedules
        assert await values_of(broker, "limits", app="Another") == {"a": b"1"}
        assert (await other.flush(v1.FlushRequest())).deleted == 0

    async def test_running_tasks_are_told_to_stop(self, broker: Broker) -> None:
        quick, slow = [await submit_one(broker) for _ in range(2)]
        async with connected(broker, "job") as worker:
            assigns = {one.task.id: one for one in await worker.take(2)}
            await worker.started(*assigns.values())
            flushed = await broker.flush(v1.FlushRequest(wait=seconds(0)))
            assert (flushed.deleted, flushed.running) == (0, 2)
            while len(worker.cancels) < 2:
                await worker.receive()
            assert {one.reason for one in worker.cancels} == {"flushed"}
            settle = v1.Settle(lease=assigns[quick].lease, cancelled="flushed")
            await worker.send(v1.ConnectRequest(settles=[settle]))
            await ended(broker, quick)
            flushed = await broker.flush(v1.FlushRequest(wait=seconds(0.05)))
            assert (flushed.deleted, flushed.running) == (1, 1)
            assert (await status(broker, slow)).cancel_requested
            await worker.fail(assigns[slow])
            await ended(broker, slow)
            assert (await broker.flush(v1.FlushRequest())).deleted == 1

    @pytest.mark.parametrize("wait", [-0.5, 3600.5])
    async def test_a_flush_waits_within_bounds(
        self, broker: Broker, wait: float
    ) -> None:
        task_id = await submit_one(broker)
        with pytest.raises(errors.OutOfRange) as caught:
            await broker.flush(v1.FlushRequest(wait=seconds(wait)))
        assert caught.value.field == "wait"
        await status(broker, task_id)

    async def test_a_flush_waits_for_running_tasks(
        self, broker: Broker, other: Broker
    ) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            await worker.started(assign)

            async def flush() -> None:
                flushed = await other.flush(v1.FlushRequest(wait=seconds(10)))
                assert (flushed.deleted, flushed.running) == (1, 0)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(flush)
                await worker.until("cancels")
                settle = v1.Settle(lease=assign.lease, cancelled="flushed")
                await worker.send(v1.ConnectRequest(settles=[settle]))
        with pytest.raises(errors.TaskNotFound):
            await status(broker, task_id)

    async def test_a_nonsense_wait_is_refused(self, broker: Broker) -> None:
        with pytest.raises(errors.OutOfRange) as wrong:
            await broker.flush(v1.FlushRequest(wait=seconds(-1)))
        assert wrong.value.field == "wait"
