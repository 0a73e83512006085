"""Records: offloaded tasks as they ended, and the contract of where they are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol


class Records(Protocol):
    """Where offloaded tasks are looked up once they have ended.

    All methods block, and raise `BrokerUnavailable` or what stands for it where records
    are kept elsewhere.
    """

    def find(self, task: str, wait: float | None) -> "Task | None":
        """The ended task of an id or a name.

        Args:
            task: Its id or its name.
            wait: Seconds to wait for its end, `None` for ever.

        Returns:
            `None` when it has not ended in time.

        Raises:
            TaskNotFound: there is no such task (any more).
        """

    def group(
        self,
        group: str,
        *,
        successes: bool | None,
        count: int | None,
        wait: float | None,
    ) -> "list[Task]":
        """The ended tasks of a group, in the order of their submits.

        Args:
            group: The label.
            successes: Only those that succeeded, or only those that did not; `None`: all.
            count: Wait until there are so many of them; `None`: until all that are there
                have ended.
            wait: Seconds to wait, `None` for ever.

        Raises:
            GroupNotFound: no task has the label, and none came in time.
        """

    def keep(self, task: str) -> None:
        """Keep an ended task as if it had not been cached; raises `TaskNotFound`."""

    def delete(self, tasks: Sequence[str]) -> None:
        """Forget tasks that are not running, by their ids; unknown ones are none."""

    def delete_group(self, group: str) -> None:
        """Forget the tasks of a group that are not running."""

    def dissolve(self, group: str) -> None:
        """Let the tasks that have a label now have it no more."""


class Place:
    """Where tasks look for others."""

    chosen: ClassVar[Callable[[], Records]]
    """The records that the settings in force say; put here with `results`, which knows
    them."""


@dataclass(slots=True, kw_only=True)
class Task:
    """An offloaded task that has ended."""

    id: str
    """A UUID."""
    name: str
    """What people call it: four words that follow from the id, or its `task_name`."""
    func: str
    """The path of the function, or the name of the task it was registered as."""
    hook: str | None = None
    """The path of what is called after it."""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    """What it returned; the error's kind and message when it failed."""
    started: datetime
    """When it was submitted."""
    stopped: datetime
    """When it ended."""
    success: bool
    """Whether it returned."""
    group: str | None = None
    attempt_count: int = 1
    """How many attempts it took."""
    cached: bool = False
    """Whether its record was to be kept for a short time only."""

    only: ClassVar[bool | None] = None
    """Which tasks the class finds, by their success; `None`: all."""

    def time_taken(self) -> float:
        """Seconds from its submit to its end, those that it waited included."""
        return (self.stopped - self.started).total_seconds()

    def save(self) -> None:
        """Keep the record as long as those of tasks that were not cached.

        Raises:
            TaskNotFound: its time was over already.
        """
        Place.chosen().keep(self.id)
        self.cached = False

    def group_result(self, failures: bool = False) -> list[Any]:  # noqa: FBT001, FBT002
        """What the tasks of its group returned; see `get_result_group`."""
        return self.get_result_group(self.group, failures) if self.group else []

    def group_count(self, failures: bool = False) -> int:  # noqa: FBT001, FBT002
        """How many tasks of its group have ended; with `failures`: failed."""
        return self.get_group_count(self.group, failures) if self.group else 0

    def group_delete(self, tasks: bool = False) -> None:  # noqa: FBT001, FBT002
        """Take the label off its group; with `tasks`, forget the tasks."""
        if self.group:
            self.delete_group(self.group, tasks)

    @classmethod
    def get_task(cls, task_id: str) -> "Task | None":
        """A task that has ended, by its id or name."""
        found = Place.chosen().find(task_id, 0.0)
        if found is None or cls.only not in (None, found.success):
            return None
        return found

    @classmethod
    def get_result(cls, task_id: str) -> Any:
        """What a task returned, by its id or name; `None` when it has not ended."""
        found = cls.get_task(task_id)
        return None if found is None else found.result

    @classmethod
    def get_task_group(
        cls,
        group_id: str,
        failures: bool = True,  # noqa: FBT001, FBT002
    ) -> "list[Task]":
        """The ended tasks of a group; without `failures` those that succeeded."""
        found = cls._group(group_id)
        return found if failures else [one for one in found if one.success]

    @classmethod
    def get_result_group(
        cls,
        group_id: str,
        failures: bool = False,  # noqa: FBT001, FBT002
    ) -> list[Any]:
        """What the tasks of a group returned; with `failures` also their errors."""
        return [one.result for one in cls.get_task_group(group_id, failures)]

    @classmethod
    def get_group_count(
        cls,
        group_id: str,
        failures: bool = False,  # noqa: FBT001, FBT002
    ) -> int:
        """How many tasks of a group have ended; with `failures`: failed."""
        found = cls._group(group_id)
        return sum(not one.success for one in found) if failures else len(found)

    @classmethod
    def delete_group(
        cls,
        group_id: str,
        objects: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Take the label off the tasks of a group; with `objects`, forget them."""
        if objects:
            Place.chosen().delete_group(group_id)
        else:
            Place.chosen().dissolve(group_id)

    @classmethod
    def _group(cls, group: str) -> "list[Task]":
        return Place.chosen().group(group, successes=cls.only, count=None, wait=0.0)


class Success(Task):
    """The tasks that returned: what `Task` finds, but no others."""

    only: ClassVar[bool | None] = True


class Failure(Task):
    """The tasks that did not: what `Task` finds, but no others."""

    only: ClassVar[bool | None] = False
