"""AppCalls: what a program asks of its app as a whole, rather than of one task."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration

from qtasks import v1
from qtasks.client.calls import Calls
from qtasks.errors import BrokerUnavailable, StorageUnavailable
from qtasks.handle import TaskHandle
from qtasks.task import Seconds
from qtasks.triggers import Plugins

PAGE = 1000
"""How many tasks are asked for at once."""


class AppCalls(Calls):
    """What a program asks of its app: of one task, and as a whole."""

    plugins: Plugins

    async def ping(
        self,
        server: bool = True,  # noqa: FBT001, FBT002  # the way users know
    ) -> bool:
        """Whether somebody is there to run the app's tasks.

        Args:
            server: Whether a live worker is asked for; else the broker is enough.
        """
        request = v1.ListWorkersRequest(app=self.name)
        try:
            broker = (await self.home.open()).broker
            if self.plugins.wants("qtasks_ping"):
                config = broker.storage.global_config
                await self.plugins.fire(
                    "qtasks_ping", qtasks=self.moments.app, global_config=config
                )
            found = await self.home.call(broker.list_workers, request)
        except (BrokerUnavailable, StorageUnavailable):
            return False
        return bool(found.workers) or not server

    async def flush_all(self, wait: Seconds = 5.0) -> int:
        """Forget everything of the app but its workers: tasks, schedules, variables.

        Waiting tasks are cancelled, and running ones told to stop.

        Args:
            wait: How long to wait for running ones; what runs longer stays.

        Returns:
            How many tasks were forgotten.
        """
        broker = (await self.home.open()).broker
        if self.plugins.wants("qtasks_flush_all"):
            await self.plugins.fire(
                "qtasks_flush_all", qtasks=self.moments.app, broker=broker
            )
        for part in (broker, broker.storage):
            if part.plugins.wants(f"{part.component}_flush_all"):
                await part.plugins.fire(
                    f"{part.component}_flush_all", **{part.component: part}
                )
        length = Duration()
        length.FromTimedelta(
            wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
        )
        request = v1.FlushRequest(app=self.name, wait=length)
        return (await self.home.call(broker.flush, request)).deleted

    async def pages(
        self, *, size: int = PAGE, **which: Any
    ) -> AsyncGenerator[Sequence[v1.TaskStatus]]:
        """The app's tasks as they travel, the newest first, a page at a time.

        Args:
            size: How many a page has at most.
            **which: Fields of `TaskFilter`.
        """
        broker = (await self.home.open()).broker
        request = v1.ListRequest(
            filter=v1.TaskFilter(app=self.name, **which), page_size=size
        )
        while True:
            page = await self.home.call(broker.list, request)
            yield page.tasks
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def get_all(self, limit: int = 1000) -> list[TaskHandle[Any]]:
        """The app's tasks as they stand, the newest first.

        Args:
            limit: How many at most.
        """
        handles: list[TaskHandle[Any]] = []
        if limit > 0:
            async with aclosing(self.pages(size=min(limit, PAGE))) as pages:
                async for page in pages:
                    handles += [TaskHandle(self, status) for status in page]
                    if len(handles) >= limit:
                        break
        seen = await self.moments.all_looked(handles[:limit])
        return [getattr(one, "origin", one) for one in seen]
