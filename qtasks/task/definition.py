"""A registered task: what the decorator was told, and what its function looks like."""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from qtasks.task.injection import hints_of, injected_by
from qtasks.task.options import Seconds, Waits

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
    retry_backoff: Waits | None = None
    keep_result: Seconds | None = None
    decode: Callable[[Any], Any] | None = None
    tags: tuple[str, ...] = ()
    description: str = ""
    generate_handler: Callable[[Any], Any] | None = None
    executor: Any = None
    """Where it runs (`thread`, `process`), or the class that carries it out."""
    middlewares_before: tuple[Any, ...] = ()
    middlewares_after: tuple[Any, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    schema: Mapping[str, Any] | None = field(init=False, default=None, repr=False)
    """The JSON Schema of its arguments, where it is not that of the annotations."""
    generating: Generating = field(init=False, default="")
    """`sync` or `async` for generators."""
    awaiting: bool = field(init=False, default=False)
    """Whether it runs in the event loop."""
    parameters: tuple[inspect.Parameter, ...] = field(init=False, repr=False)
    """What a caller gives; without the task object of `echo`, and without what the
    worker fills."""
    own_parameters: tuple[inspect.Parameter, ...] = field(init=False, repr=False)
    """Those of `parameters` and what the worker fills, as the function has them."""
    hints: dict[str, Any] = field(init=False, repr=False)
    """The annotations of the function, evaluated where they can be."""
    injected: dict[str, Any] = field(init=False, repr=False)
    """What fills the parameters that no caller gives, by name."""

    router: str = field(init=False, default="")
    """The prefix of the router it was registered through, with those of the routers
    around that one."""

    def __post_init__(self) -> None:
        self.root = self
        """The task as it was decorated, under whatever name this one is."""
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
        if self.echo:
            parameters = parameters[1:]
        self.own_parameters = parameters
        self.hints = hints_of(self.func)
        fillers = {
            one.name: injected_by(one, self.hints.get(one.name)) for one in parameters
        }
        self.injected = {name: one for name, one in fillers.items() if one is not None}
        for name, one in self.injected.items():
            one.registered(self, name)
        return tuple(one for one in parameters if one.name not in self.injected)

    @property
    def origin(self) -> str:
        """Where the function is, for a person."""
        func = inspect.unwrap(self.func)
        name = getattr(func, "__qualname__", repr(func))
        code = getattr(func, "__code__", None)
        where = f":{code.co_firstlineno}" if code is not None else ""
        return f"{getattr(func, '__module__', '?')}.{name}{where}"

    @property
    def signature(self) -> inspect.Signature:
        """What a caller gives."""
        return self._signature

    def named(self, name: str, router: str = "") -> Self:
        """The same task under another name, that of a router's."""
        if name == self.name:
            return self
        other = copy.copy(self)  # its `root` stays this one
        other.name = name
        other.router = router
        return other

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
        positional = [one for one in self.parameters if one.kind in _BY_POSITION]
        kinds = {one.kind for one in self.parameters}
        named = {one.name for one in self.parameters if one.kind in _BY_NAME}
        unknown = [name for name in kwargs if name not in named]
        if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
            return unknown[0]
        if (
            len(args) > len(positional)
            and inspect.Parameter.VAR_POSITIONAL not in kinds
        ):
            return f"args[{len(positional)}]"
        by_place = {one.name for one in positional[: len(args)]}
        twice = [name for name in kwargs if name in by_place & named]
        missing = [
            one.name
            for one in self.parameters
            if one.kind not in _VARIADIC
            and one.default is one.empty
            and one.name not in by_place
            and (one.name not in kwargs or one.name not in named)
        ]
        return next(iter(twice + missing), "")


_BY_POSITION = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
_BY_NAME = (
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
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
