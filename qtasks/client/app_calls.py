"""AppCalls: what a program asks of its app as a whole, rather than of one task."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from qtasks import v1
from qtasks.client.connection import Connection
from qtasks.errors import BrokerUnavailable, StorageUnavailable
from qtasks.home import Home
from qtasks.task import Seconds
from qtasks.triggers import Plugins


class AppCalls:
    """What a program asks of its app as a whole."""

    name: str
    plugins: Plugins
    home: Home[Connection]

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
                    "qtasks_ping", qtasks=self, global_config=config
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
            await self.plugins.fire("qtasks_flush_all", qtasks=self, broker=broker)
        length = Duration()
        length.FromTimedelta(
            wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
        )
        request = v1.FlushRequest(app=self.name, wait=length)
        return (await self.home.call(broker.flush, request)).deleted
