"""What a worker registers a task with fills what submits of it leave unset."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    eventually,
    seconds,
    status,
    submit,
    submit_one,
    task,
)


def registered(name: str = "job") -> v1.TaskInfo:
    """A task that says everything a task can say."""
    return v1.TaskInfo(
        name=name,
        defaults=v1.TaskDefaults(
            priority=-3,
            queue="slow",
            max_time=seconds(7),
            retry=v1.RetryPolicy(max_attempts=3, initial_backoff=seconds(0.1)),
            keep_result=seconds(60),
            tags=["red", "blue"],
        ),
    )


class RegisterPromises(BrokerCase):
    """What a worker registers a task with fills what submits of it leave unset."""

    async def test_a_submit_by_name_gets_what_the_task_says(
        self, broker: Broker
    ) -> None:
        async with connected(broker, registered(), queues=["slow"]) as worker:
            task_id = await submit_one(broker)
            (assign,) = await worker.take()
            assert assign.task.max_time == seconds(7)
            assert assign.task.retry.initial_backoff == seconds(0.1)
            assert assign.task.keep_result == seconds(60)
            seen = await status(broker, task_id)
            assert (seen.priority, seen.queue, seen.max_attempts) == (-3, "slow", 3)
            assert seen.tags == ["red", "blue"]

    async def test_what_a_submit_says_itself_stands(self, broker: Broker) -> None:
        async with connected(broker, registered(), queues=["quick"]) as worker:
            task_id = await submit_one(
                broker,
                priority=0,
                queue="quick",
                max_time=seconds(1),
                retry=v1.RetryPolicy(max_attempts=1),
                keep_result=seconds(0),
                tags=["green"],
            )
            (assign,) = await worker.take()
            assert assign.task.max_time == seconds(1)
            assert assign.task.keep_result == seconds(0)
            # A policy is filled field by field.
            assert assign.task.retry.initial_backoff == seconds(0.1)
            seen = await status(broker, task_id)
            assert (seen.priority, seen.queue, seen.max_attempts) == (0, "quick", 1)
            assert seen.tags == ["green"]

    async def test_the_last_registration_counts_also_without_a_worker(
        self, broker: Broker
    ) -> None:
        for priority in (4, 5):
            info = v1.TaskInfo(name="job", defaults=v1.TaskDefaults(priority=priority))
            async with connected(broker, info) as worker:
                await worker.goodbye()
            task_id = await submit_one(broker)
            assert (await status(broker, task_id)).priority == priority

    async def test_a_submit_is_safe_to_repeat_whatever_is_registered_since(
        self, broker: Broker
    ) -> None:
        """Before a registration, with it, and with another one."""
        others = [
            v1.TaskInfo(name="job"),
            v1.TaskInfo(name="job", defaults=v1.TaskDefaults(priority=4, queue="q")),
            registered(),
        ]
        policy = v1.RetryPolicy(max_attempts=2)
        sent: list[tuple[v1.TaskSubmit, v1.TaskSubmit]] = []
        for info in others:
            async with connected(broker, info) as worker:
                await worker.goodbye()
            new = [task(id=new_id()), task(id=new_id(), retry=policy)]
            sent += [(one, task(id=one.id, priority=99)) for one in new]
            for known, different in sent:
                wanted = v1.TaskSubmit()
                wanted.CopyFrom(known)
                (receipt,) = await submit(broker, wanted)
                assert not receipt.HasField("error")
                assert receipt.existing is (known not in new)
                (receipt,) = await submit(broker, different)
                assert receipt.error.reason == errors.TaskConflict.reason
                # What was sent is changed where it is stored in this process.
                different.CopyFrom(task(id=known.id, priority=99))

    async def test_a_replica_learns_of_it_by_itself(
        self, broker: Broker, other: Broker
    ) -> None:
        await submit_one(other)  # so that it knows the app as it was before
        async with connected(broker, registered()):

            async def learned() -> bool:
                return (await status(other, await submit_one(other))).priority == -3

            await eventually(learned)

    async def test_apps_do_not_share_registrations(self, broker: Broker) -> None:
        async with connected(broker, registered(), app="other"):
            assert (await status(broker, await submit_one(broker))).priority == 0

    async def test_what_no_submit_could_have_is_refused(self, broker: Broker) -> None:
        info = v1.TaskInfo(name="job", defaults=v1.TaskDefaults(priority=5000))
        with pytest.raises(errors.OutOfRange, match="priority") as caught:
            async with connected(broker, info):
                pass
        assert caught.value.field == "hello.tasks.defaults.priority"
