"""What is promised to those who look."""

from contextlib import AsyncExitStack

import anyio
import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    seconds,
    status,
    submit,
    submit_one,
    task,
)


class LookPromises(BrokerCase):
    """What is promised to those who look."""

    async def test_get_unknown(self, broker: Broker) -> None:
        with pytest.raises(errors.TaskNotFound):
            await status(broker, new_id())
        with pytest.raises(errors.InvalidField):
            await status(broker, "nonsense")

    async def test_get_waits_for_the_end(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:

            async def end() -> None:
                (assign,) = await worker.take()
                await worker.succeed(assign, "42")

            tg.start_soon(end)
            found = await ended(broker, task_id)
        assert found.result.json == "42"
        assert found.worker_id == worker.hello.worker_id

    async def test_get_wait_that_runs_out_says_how_it_stands(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        request = v1.GetRequest(id=task_id, wait=seconds(0.05))
        found = (await broker.get(request)).status
        assert found.state == v1.TASK_STATE_NEW

    async def test_list_filters_and_pages(self, broker: Broker) -> None:
        app = "listing"
        wanted = [
            await submit_one(broker, app=app, group="g", tags=["red"], queue="q")
            for _ in range(5)
        ]
        await submit_one(broker, app=app, name="other")
        which = v1.TaskFilter(app=app, group="g")
        found: list[str] = []
        token = ""
        while True:
            request = v1.ListRequest(filter=which, page_size=2, page_token=token)
            page = await broker.list(request)
            found += [one.id for one in page.tasks]
            token = page.next_page_token
            if not token:
                break
        assert found == wanted[::-1]
        for narrow, count in (
            (v1.TaskFilter(app=app), 6),
            (v1.TaskFilter(app=app, name="other"), 1),
            (v1.TaskFilter(app=app, queue="q"), 5),
            (v1.TaskFilter(app=app, tag="red"), 5),
            (v1.TaskFilter(app=app, states=[v1.TASK_STATE_SUCCESS]), 0),
            (v1.TaskFilter(app="nowhere"), 0),
        ):
            page = await broker.list(v1.ListRequest(filter=narrow))
            assert len(page.tasks) == count, narrow

    async def test_list_refuses_nonsense(self, broker: Broker) -> None:
        with pytest.raises(errors.InvalidField):
            await broker.list(v1.ListRequest(page_token="nonsense"))
        with pytest.raises(errors.OutOfRange):
            await broker.list(v1.ListRequest(page_size=-1))

    async def test_registry_outlives_the_worker(self, broker: Broker) -> None:
        async with connected(broker, "kept", app="registry") as worker:
            request = v1.ListWorkersRequest(app="registry")
            (live,) = (await broker.list_workers(request)).workers
            assert live.worker_id == worker.hello.worker_id
            assert live.tasks == ["kept"]
            await worker.goodbye()
        inspected = await broker.inspect_task(
            v1.InspectTaskRequest(app="registry", name="kept")
        )
        assert inspected.task.name == "kept"
        app = await broker.inspect_app(v1.InspectAppRequest(app="registry"))
        assert app.tasks == ["kept"]
        tasks = await broker.inspect_tasks(
            v1.InspectTasksRequest(app="registry", names=["kept", "unknown"])
        )
        assert [one.name for one in tasks.tasks] == ["kept"]
        with pytest.raises(errors.TaskNameUnknown):
            await broker.inspect_task(
                v1.InspectTaskRequest(app="registry", name="unknown")
            )

    async def test_stats_count(self, broker: Broker) -> None:
        async with connected(broker, "job", app="figures") as worker:
            await submit(
                broker, *[task(app="figures", queue="default") for _ in range(3)]
            )
            first, second, _ = await worker.take(3)
            await worker.succeed(first)
            await worker.fail(second)
            stats = (await broker.get_stats(v1.GetStatsRequest(app="figures"))).stats
            (queue,) = stats.queues
            assert (queue.submitted_total, queue.running, queue.ready) == (3, 1, 0)
            assert (queue.success_total, queue.error_total) == (1, 1)
            assert (stats.workers, stats.slots, stats.tasks) == (1, 10, 1)

    async def test_what_went_through_is_counted(self, broker: Broker) -> None:
        async with connected(broker, "job", app="activity") as worker:
            await submit(broker, *[task(app="activity") for _ in range(3)])
            first, second, third = await worker.take(3)
            await worker.succeed(first)
            await worker.fail(second)
            await worker.started(third)
            progress = v1.TaskEvent(progress=v1.Progress(done=1, total=4))
            await worker.report(third, 1, progress)
            request = v1.GetStatsRequest(app="activity", details=True)
            stats = (await broker.get_stats(request)).stats
            total = stats.activity.total
            assert total.submitted_rate == total.started_rate > total.ended_rate > 0
            assert total.ended_rate == pytest.approx(2 * total.failed_rate)
            assert (total.wait.count, total.run.count) == (3, 2)
            assert [one.name for one in stats.activity.tasks] == ["job"]
            (running,) = stats.running
            assert (running.id, running.name) == (third.lease.task_id, "job")
            assert (running.progress.done, running.progress.total) == (1, 4)
            (live,) = stats.live_workers
            assert live.running == 1
            plain = (await broker.get_stats(v1.GetStatsRequest(app="activity"))).stats
            assert not plain.running
            assert not plain.live_workers

    async def test_stats_come_again_and_again(self, broker: Broker) -> None:
        request = v1.WatchStatsRequest(app="again")
        request.interval.FromMilliseconds(100)
        async with broker.watch_stats(request) as responses:
            seen = [(await anext(responses)).stats.app for _ in range(2)]
        assert seen == ["again", "again"]

    async def test_stats_too_often_are_refused(self, broker: Broker) -> None:
        request = v1.WatchStatsRequest(app="again")
        request.interval.FromMilliseconds(1)
        with pytest.raises(errors.OutOfRange):
            async with broker.watch_stats(request) as responses:
                await anext(responses)

    async def test_workers_come_in_pages(self, broker: Broker) -> None:
        names = [f"{place:04}{'x' * 250}" for place in range(2000)]
        ids = [f"worker-{place}" for place in range(6)]
        async with AsyncExitStack() as workers:
            for worker_id in ids:
                worker = connected(broker, *names, app="pages", worker_id=worker_id)
                await workers.enter_async_context(worker)
            seen: list[str] = []
            pages = 0
            request = v1.ListWorkersRequest(app="pages")
            while not pages or request.page_token:
                answer = await broker.list_workers(request)
                seen += [one.worker_id for one in answer.workers]
                pages += 1
                request.page_token = answer.next_page_token
        assert seen == ids
        assert pages > 1

    async def test_registered_tasks_come_in_pages(self, broker: Broker) -> None:
        long = "x" * 100_000
        names = [f"job-{place:02}" for place in range(30)]
        hello = [v1.TaskInfo(name=name, description=long) for name in names]
        async with connected(broker, *hello, app="pages"):
            for asked in ([], names):
                request = v1.InspectTasksRequest(app="pages", names=asked)
                seen: list[str] = []
                pages = 0
                while True:
                    answer = await broker.inspect_tasks(request)
                    seen += [one.name for one in answer.tasks]
                    pages += 1
                    if not answer.next_page_token:
                        break
                    request.page_token = answer.next_page_token
                assert seen == names
                assert pages > 1
            with pytest.raises(errors.InvalidField):
                await broker.inspect_tasks(
                    v1.InspectTasksRequest(
                        app="pages", names=names, page_token="no number"
                    )
                )
