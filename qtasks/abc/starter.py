"""The starter contract: brings the components up, runs the worker, takes them down.

`app.run_forever()` is the starter's `start`, in the main thread of a process. One of a
user's own decides what happens around the worker:

    class Announced(AsyncStarter):
        def start(self, num_workers=None, *, reset_config=True):
            announce("up")
            super().start(num_workers, reset_config=reset_config)

The app hands it what it was not made with: `app`, `worker` and `broker`.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from qtasks.abc.broker import Broker
from qtasks.abc.component import Component, assembled
from qtasks.abc.worker import Worker
from qtasks.config import QueueConfig


class Starter(Component, ABC):
    """Brings the components up, runs the worker, and takes them down."""

    component: ClassVar[str] = "starter"
    app: Any = None
    """The app it starts, once it is given to one."""
    worker: Worker | None = None
    broker: Broker | None = None
    running: bool = False
    """Whether `start` is under way."""

    @abstractmethod
    def start(
        self, num_workers: int | None = None, *, reset_config: bool = True
    ) -> None:
        """Run the worker in this process until told to stop.

        Args:
            num_workers: How many tasks to run at once; `None`: the settings'
                `max_tasks_process`.
            reset_config: Whether the app's settings replace those that components
                were made with.

        Raises:
            QtasksError: the broker can't be opened, or refuses the worker.
        """

    @abstractmethod
    def stop(self) -> None:
        """Have `start` return, from any thread: the worker drains first.

        Returns at once. Asked again, what runs is stopped and given back.
        """

    def update_configs(self, config: QueueConfig) -> None:
        """Have all components use these settings."""
        for component in (self, self.worker, *assembled(self.broker)):
            if component is not None:
                component.update_config(config)
