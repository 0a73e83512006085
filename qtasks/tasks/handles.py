"""Handles: `AsyncTask`, `Iter` and `Chain`, which keep a call and its task together.

A change of what would be submitted makes the result that is there a stranger's: it is
gone until the object is run again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from qtasks.errors import InvalidField
from qtasks.tasks import results
from qtasks.tasks.offload import async_chain, async_iter, async_task
from qtasks.tasks.options import NAMES, Options
from qtasks.tasks.records import Task


class _Offloaded:
    """What is run, and forgets its task when it is changed.

    Args:
        options: Options of `async_task`.
    """

    _own: tuple[str, ...] = ()
    """What would be submitted, besides options."""
    hook: str | Callable[..., Any] | None
    group: str | None
    save: bool | None
    timeout: float | None
    ack_failure: bool | None
    sync: bool | None
    cached: bool | float | None
    broker: Any
    task_name: str | None

    def __init__(self, **options: Any) -> None:
        for name in NAMES:
            setattr(self, name, options.get(name))
        self._changed()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in NAMES or name in self._own:
            self._changed()

    def _changed(self) -> None:
        super().__setattr__("id", None)
        super().__setattr__("started", False)

    id: str | None
    """The id of the task; `None` until it is run."""
    started: bool
    """Whether it was run as it is now."""

    def _begun(self, task_id: str) -> str:
        super().__setattr__("id", task_id)
        super().__setattr__("started", True)
        return task_id

    def _fetched(self, wait: float) -> Task | None:
        """The task, from where it was submitted to."""
        if self.id is None:
            return None
        return results.records(self.broker).find(self.id, results.seconds_of(wait))

    def _fetched_group(
        self,
        group: str,
        failures: bool,  # noqa: FBT001
        wait: float,
        count: int | None,
    ) -> list[Task]:
        """The tasks of a group, from where they were submitted to."""
        return results.records(self.broker).group(
            group,
            successes=None if failures else True,
            count=count,
            wait=results.seconds_of(wait),
        )

    def _options(self) -> dict[str, Any]:
        return {
            name: value for name in NAMES if (value := getattr(self, name)) is not None
        }


class AsyncTask(_Offloaded):
    """A function to call, with its arguments and options, and the task it became.

    Args:
        func: A function or its dotted path; a task of the app or its name.
        *args: Its arguments.
        **kwargs: Its named arguments and options of `async_task`, or `q_options`.
    """

    _own = ("func", "args", "kwargs")

    def __init__(
        self, func: str | Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        options, named = Options.taken(kwargs)
        self.func = func
        self.args = args
        self.kwargs = named
        super().__init__(**{name: getattr(options, name) for name in NAMES})

    def run(self) -> str:
        """Have a worker call it; the id of the task."""
        return self._begun(
            async_task(self.func, *self.args, **self.kwargs, q_options=self._options())
        )

    def result(self, wait: float = 0) -> Any:
        """What it returned; `None` when it has not ended in `wait` milliseconds."""
        found = self.fetch(wait)
        return None if found is None else found.result

    def fetch(self, wait: float = 0) -> Task | None:
        """The task; `None` when it has not ended in `wait` milliseconds."""
        return self._fetched(wait)

    def result_group(
        self,
        failures: bool = False,  # noqa: FBT001, FBT002
        wait: float = 0,
        count: int | None = None,
    ) -> list[Any]:
        """What the tasks of its group returned; see `result_group`."""
        found = self.fetch_group(failures, wait, count)
        return [one.result for one in found]

    def fetch_group(
        self,
        failures: bool = True,  # noqa: FBT001, FBT002
        wait: float = 0,
        count: int | None = None,
    ) -> list[Task]:
        """The tasks of its group that have ended; see `fetch_group`."""
        if not (self.id and self.group):
            return []
        return self._fetched_group(self.group, failures, wait, count)


class Iter(_Offloaded):
    """A function to call with each of many arguments, and the tasks it became.

    Args:
        func: As of `async_iter`.
        args: The arguments for each call.
        **options: Options of `async_task`.
    """

    _own = ("func", "args")

    def __init__(
        self,
        func: str | Callable[..., Any],
        args: Iterable[Any] = (),
        **options: Any,
    ) -> None:
        self.func = func
        self.args = tuple(args)
        super().__init__(**_only_options(options))

    def append(self, *args: Any) -> int:
        """Call it with these arguments too; how many calls there are."""
        self.args = (*self.args, args)
        return len(self.args)

    def length(self) -> int:
        """How many calls there are."""
        return len(self.args)

    def run(self) -> str:
        """Have workers call it; the id of the task with all results."""
        return self._begun(async_iter(self.func, self.args, **self._options()))

    def result(self, wait: float = 0) -> list[Any] | None:
        """All results, in order; `None` when they are not there in `wait` milliseconds."""
        found = self.fetch(wait)
        return None if found is None else found.result

    def fetch(self, wait: float = 0) -> Task | None:
        """The task with all results."""
        return self._fetched(wait)


class Chain(_Offloaded):
    """Functions to call one after the other, and the tasks they became.

    Args:
        chain: As of `async_chain`.
        **options: Options of `async_task` for all of them.
    """

    _own = ("chain",)

    def __init__(self, chain: Iterable[Any] = (), **options: Any) -> None:
        self.chain = tuple(chain)
        super().__init__(**_only_options(options))

    def append(self, func: str | Callable[..., Any], *args: Any, **kwargs: Any) -> int:
        """Call this too, after the others; how many there are."""
        self.chain = (*self.chain, (func, args, kwargs))
        return len(self.chain)

    def length(self) -> int:
        """How many functions there are."""
        return len(self.chain)

    def run(self) -> str:
        """Have workers call them; the label of their group."""
        return self._begun(async_chain(self.chain, **self._options()))

    def current(self) -> int:
        """How many have ended."""
        return len(self._fetched_group(self.id, True, 0, None)) if self.id else 0

    def result(self, wait: float = 0) -> list[Any] | None:
        """The results of all, in order; `None` when they are not there in time."""
        ended = self.fetch(True, wait)
        return [one.result for one in ended] if len(ended) == self.length() else None

    def fetch(self, failures: bool = True, wait: float = 0) -> Sequence[Task]:  # noqa: FBT001, FBT002
        """The tasks that have ended, in order."""
        if not self.id:
            return []
        return self._fetched_group(self.id, failures, wait, self.length())


def _only_options(options: dict[str, Any]) -> dict[str, Any]:
    if unknown := options.keys() - NAMES:
        raise InvalidField(f"there is no option {min(unknown)!r}", field=min(unknown))
    return options
