"""A registered task: what the decorator was told, and what its function looks like."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qtasks.task.options import Backoff, Seconds

Generating = Literal["", "sync", "async"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why arguments do not fit a signature."""

    parameter: str
    message: str


@dataclass(kw_only=True, eq=False)
class TaskDefinition:
    """A registered task: what the decorator was told, and what its function is."""

    name: str
    func: Callable[..., Any]
    priority: int | None = None
    queue: str | None = None
    echo: bool = False
    max_time: Seconds | None = None
    retry: int | None = None
    retry_on_exc: tuple[type[BaseException], ...] = ()
    retry_backoff: Backoff | Seconds | None = None
    keep_result: Seconds | None = None
    decode: Callable[[Any], Any] | None = None
    tags: tuple[str, ...] = ()
    description: str = ""
    generate_handler: Callable[[Any], Any] | None = None
    executor: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    generating: Generating = field(init=False, default="")
    """`sync` or `async` for generators."""
    awaiting: bool = field(init=False, default=False)
    """Whether it runs in the event loop."""
    parameters: tuple[inspect.Parameter, ...] = field(init=False, repr=False)
    """What a caller gives; without the task object of `echo`."""

    def __post_init__(self) -> None:
        func = inspect.unwrap(self.func)
        if inspect.isasyncgenfunction(func):
            self.generating = "async"
        elif inspect.isgeneratorfunction(func):
            self.generating = "sync"
        self.awaiting = self.generating == "async" or inspect.iscoroutinefunction(func)
        self.parameters = self._visible_parameters()
        self._signature = inspect.Signature(self.parameters)
        self._counts = _positional_counts(self.parameters)

    def _visible_parameters(self) -> tuple[inspect.Parameter, ...]:
        parameters = tuple(inspect.signature(self.func).parameters.values())
        return parameters[1:] if self.echo else parameters

    def mismatch(
        self, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Mismatch | None:
        """Why these arguments do not fit the signature; `None` when they do."""
        if not kwargs and self._counts is not None:
            least, most = self._counts
            if least <= len(args) <= most:
                return None
        try:
            self._signature.bind(*args, **kwargs)
        except TypeError as error:
            return Mismatch(self._culprit(args, kwargs), str(error))
        return None

    def _culprit(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """The parameter that a failed `bind` was about."""
        named = {one.name: one for one in self.parameters}
        takes_any = any(one.kind is one.VAR_KEYWORD for one in self.parameters)
        for name in kwargs:
            known = named.get(name)
            if known is None or known.kind is known.POSITIONAL_ONLY:
                if not takes_any:
                    return name
        positional = [one for one in self.parameters if one.kind in _BY_POSITION]
        for one in positional[: len(args)]:
            if one.name in kwargs and one.kind is not one.POSITIONAL_ONLY:
                return one.name
        if len(args) > len(positional) and not any(
            one.kind is one.VAR_POSITIONAL for one in self.parameters
        ):
            return f"args[{len(positional)}]"
        given = {one.name for one in positional[: len(args)]} | set(kwargs)
        for one in self.parameters:
            if one.kind not in _VARIADIC and one.default is one.empty:
                if one.name not in given:
                    return one.name
        return ""


_BY_POSITION = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _positional_counts(
    parameters: Sequence[inspect.Parameter],
) -> tuple[int, int] | None:
    """How many positional arguments alone fit; `None` when none can."""
    least = most = 0
    for one in parameters:
        if one.kind in _BY_POSITION:
            most += 1
            least += one.default is one.empty
        elif one.kind is one.VAR_POSITIONAL:
            most = 1 << 31
        elif one.kind is one.KEYWORD_ONLY and one.default is one.empty:
            return None
    return least, most
