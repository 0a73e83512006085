"""What is promised to those who steer tasks."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    eventually,
    kinds,
    seconds,
    status,
    submit_one,
    watched,
)
from qtasks.testing.scripted_worker import json_payload


class SteerPromises(BrokerCase):
    """What is promised to those who steer tasks."""

    async def test_cancel_waiting_running_ended(
        self, broker: Broker, other: Broker
    ) -> None:
        waiting = await submit_one(broker, name="unserved")
        running = await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            request = v1.CancelRequest(
                ids=[waiting, running, new_id(), "nonsense"], reason="enough"
            )
            results = (await other.cancel(request)).results
            assert [one.state for one in results[:2]] == [
                v1.TASK_STATE_CANCEL,
                v1.TASK_STATE_PROCESS,
            ]
            assert [one.error.reason for one in results[2:]] == [
                "TASK_NOT_FOUND",
                "INVALID_FIELD",
            ]
            await worker.until("cancels")
            assert worker.cancels[0].lease == assign.lease
            assert worker.cancels[0].reason == "enough"
            assert (await status(broker, running)).cancel_requested
            settle = v1.Settle(lease=assign.lease, cancelled="enough")
            await worker.send(v1.ConnectRequest(settles=[settle]))
        found = await ended(broker, running)
        assert found.state == v1.TASK_STATE_CANCEL
        assert found.cancel_reason == "enough"
        again = await broker.cancel(v1.CancelRequest(ids=[running]))
        assert again.results[0].error.reason == "TASK_ENDED"
        assert "cancel_requested" in kinds(await watched(broker, running))

    async def test_cancel_while_disconnected_is_told_on_return(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
            await worker.goodbye(resuming=True)
        await broker.cancel(v1.CancelRequest(ids=[task_id], reason="away"))
        held = v1.HeldLease(lease=assign.lease, started=True)
        async with connected(broker, "job", session=session, held=[held]) as worker:
            if not worker.cancels:
                await worker.until("cancels")
        assert worker.cancels[0].reason == "away"

    async def test_ask_and_reply(self, broker: Broker, other: Broker) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        asked = v1.TaskEvent(asked=v1.Asked(ask_id="q1", prompt=json_payload('"ok?"')))
        later = v1.TaskEvent(asked=v1.Asked(ask_id="q2"))
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
            await worker.report(assign, 1, asked)
            await worker.report(assign, 2, later)
            reply = v1.ReplyRequest(id=task_id, ask_id="q1", value=json_payload("1"))
            await other.reply(reply)
            await worker.until("answers")
            assert worker.answers[0].value.json == "1"
            with pytest.raises(errors.AskAnswered):
                await broker.reply(reply)
            with pytest.raises(errors.AskNotFound):
                await broker.reply(v1.ReplyRequest(id=task_id, ask_id="q9"))
            with pytest.raises(errors.TaskNotFound):
                await broker.reply(v1.ReplyRequest(id=new_id(), ask_id="q1"))
            await worker.goodbye(resuming=True)
        # Answered while its worker is away: found again on return.
        await broker.reply(
            v1.ReplyRequest(id=task_id, ask_id="q2", value=json_payload("2"))
        )
        held = v1.HeldLease(lease=assign.lease, started=True, ask_ids=["q2"])
        async with connected(other, "job", session=session, held=[held]) as worker:
            while not any(answer.ask_id == "q2" for answer in worker.answers):
                await worker.receive()
            await worker.succeed(assign)
        assert kinds(await watched(broker, task_id))[2:] == [
            "asked",
            "asked",
            "answered",
            "answered",
            "finished",
        ]

    async def test_requeue_runs_again(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0])
            first_end = (await ended(broker, task_id)).last_seq
            request = v1.RequeueRequest(ids=[task_id, new_id()])
            results = (await broker.requeue(request)).results
            assert results[0].state == v1.TASK_STATE_NEW
            assert results[1].error.reason == "TASK_NOT_FOUND"
            (again,) = await worker.take()
            assert again.attempt == 1
            refused = (await broker.requeue(v1.RequeueRequest(ids=[task_id]))).results
            assert refused[0].error.reason == "TASK_NOT_ENDED"
            await worker.succeed(again, '"second"')
        events = await watched(broker, task_id, first_end)
        assert kinds(events) == ["new", "process", "finished"]
        assert (await ended(broker, task_id)).result.json == '"second"'

    async def test_delete(self, broker: Broker) -> None:
        waiting = await submit_one(broker, name="unserved")
        running = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.take()
            request = v1.DeleteRequest(ids=[waiting, running])
            results = (await broker.delete(request)).results
        assert not results[0].HasField("error")
        assert results[1].error.reason == "TASK_RUNNING"
        with pytest.raises(errors.TaskNotFound):
            await status(broker, waiting)

    async def test_results_are_kept_as_long_as_asked(self, broker: Broker) -> None:
        gone = await submit_one(broker, keep_result=seconds(0))
        kept = await submit_one(broker)
        await broker.cancel(v1.CancelRequest(ids=[gone, kept]))
        await eventually(lambda: forgotten(broker, gone))
        await status(broker, kept)

    async def test_failures_may_be_kept_longer_than_results(
        self, broker: Broker
    ) -> None:
        keep = {"keep_result": seconds(0), "keep_failure": seconds(60)}
        good = await submit_one(broker, **keep)
        bad = await submit_one(broker, **keep)
        async with connected(broker, "job", credit=2) as worker:
            first, second = await worker.take(2)
            await worker.succeed(first)
            await worker.fail(second)
            await eventually(lambda: forgotten(broker, good))
        assert (await status(broker, bad)).state == v1.TASK_STATE_ERROR

    async def test_records_are_kept_for_another_time(self, broker: Broker) -> None:
        longer = await submit_one(broker, keep_result=seconds(0.5))
        shorter = await submit_one(broker)
        waiting = await submit_one(broker, name="unserved")
        await broker.cancel(v1.CancelRequest(ids=[longer, shorter]))
        request = v1.KeepRequest(ids=[longer, waiting], keep_result=seconds(60))
        kept, refused = (await broker.keep(request)).results
        assert (kept.state, kept.error.reason) == (v1.TASK_STATE_CANCEL, "")
        assert refused.error.reason == "TASK_NOT_ENDED"
        await broker.keep(v1.KeepRequest(ids=[shorter], keep_result=seconds(0)))
        await eventually(lambda: forgotten(broker, shorter))
        assert (await status(broker, longer)).state == v1.TASK_STATE_CANCEL
        for wrong in (v1.KeepRequest(), v1.KeepRequest(keep_result=seconds(-1))):
            with pytest.raises(errors.InvalidField, match="keep_result"):
                await broker.keep(wrong)

    async def test_large_answers_come_once_and_only_where_waited_for(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        count = 20
        large = v1.Payload(data=b"x" * 250_000)
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            asks = [
                v1.TaskEvent(asked=v1.Asked(ask_id=f"q{number}"))
                for number in range(count)
            ]
            await worker.started(assign)
            await worker.report(assign, 1, *asks)
            await worker.goodbye(resuming=True)
        for number in range(count):
            await broker.reply(
                v1.ReplyRequest(id=task_id, ask_id=f"q{number}", value=large)
            )
        waits_for = [f"q{number}" for number in range(15)]
        held = v1.HeldLease(lease=assign.lease, started=True, ask_ids=waits_for)
        async with connected(broker, "job", session=session, held=[held]) as worker:
            while len(worker.answers) < len(waits_for):
                await worker.receive()
            await worker.succeed(assign)
        assert [answer.ask_id for answer in worker.answers] == waits_for


async def forgotten(broker: Broker, task_id: str) -> bool:
    """Whether there is no such task any more."""
    try:
        await status(broker, task_id)
    except errors.TaskNotFound:
        return True
    return False
