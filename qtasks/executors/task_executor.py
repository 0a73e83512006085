"""The two faces of the task executor: what `@app.task(executor=...)` derives from."""

from typing import Any, ClassVar

from qtasks.abc.task_executor import BaseTaskExecutor
from qtasks.colours import Colour, drive
from qtasks.executors import steps


class AsyncTaskExecutor(BaseTaskExecutor):
    """Carries attempts out in the worker's loop; see `BaseTaskExecutor`."""

    colour: ClassVar[Colour] = "async"

    async def execute(self, decode: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Carry the attempt out: its result."""
        return await steps.execute(self, decode)

    async def execute_middlewares_before(self) -> None:
        """Call the middlewares before."""
        await steps.execute_middlewares_before(self)

    async def before_execute(self) -> None:
        """Get ready."""
        await steps.before_execute(self)

    async def run_task(self) -> Any:
        """Call the function: its result."""
        return await steps.run_task(self)

    async def on_error(self, error: Exception) -> Any:
        """Return the result to have instead, or raise."""
        return await steps.on_error(self, error)

    async def after_execute(self) -> None:
        """The function returned."""
        await steps.after_execute(self)

    async def execute_middlewares_after(self) -> None:
        """Call the middlewares after."""
        await steps.execute_middlewares_after(self)

    async def decode(self) -> Any:
        """The result in the form it travels in."""
        return await steps.decode(self)

    async def should_retry(self, error: Exception) -> bool:
        """Whether the task may be tried again."""
        return await steps.should_retry(self, error)

    async def retry_delay(self, error: Exception) -> Any:
        """Seconds before the next attempt; `None`: as usual."""
        return await steps.retry_delay(self, error)


class SyncTaskExecutor(BaseTaskExecutor):
    """Carries attempts out in a thread; see `BaseTaskExecutor`."""

    colour: ClassVar[Colour] = "sync"

    def execute(self, decode: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Carry the attempt out: its result."""
        return drive(steps.execute(self, decode))

    def execute_middlewares_before(self) -> None:
        """Call the middlewares before."""
        drive(steps.execute_middlewares_before(self))

    def before_execute(self) -> None:
        """Get ready."""
        drive(steps.before_execute(self))

    def run_task(self) -> Any:
        """Call the function: its result."""
        return drive(steps.run_task(self))

    def on_error(self, error: Exception) -> Any:
        """Return the result to have instead, or raise."""
        return drive(steps.on_error(self, error))

    def after_execute(self) -> None:
        """The function returned."""
        drive(steps.after_execute(self))

    def execute_middlewares_after(self) -> None:
        """Call the middlewares after."""
        drive(steps.execute_middlewares_after(self))

    def decode(self) -> Any:
        """The result in the form it travels in."""
        return drive(steps.decode(self))

    def should_retry(self, error: Exception) -> bool:
        """Whether the task may be tried again."""
        return drive(steps.should_retry(self, error))

    def retry_delay(self, error: Exception) -> Any:
        """Seconds before the next attempt; `None`: as usual."""
        return drive(steps.retry_delay(self, error))
