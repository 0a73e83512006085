"""Models as arguments and results, for programs that use pydantic.

    @app.task
    async def welcome(user: User, tags: list[Tag]) -> Receipt: ...

A parameter whose annotation has a model in it gets what pydantic makes of the argument,
and a model that is returned travels as what it dumps to. Where an argument is submitted,
a model stands for its values too. An argument that is not valid is the task's error, and
is not tried again: it would be no better the next time.
"""

import inspect
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from qtasks.errors import ArgumentInvalid
from qtasks.models import adapter, involves_model, plain
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import TaskPlugin

EITHER_NAME = {"by_alias": True, "by_name": True}
"""Python submits models under the names of their fields, others under the aliases."""


@dataclass(frozen=True, slots=True)
class _Modelled:
    """A parameter whose annotation has a model in it."""

    name: str
    place: int | None
    """Among the positional arguments; `None`: by name only."""
    kind: Any
    """That of `inspect.Parameter`."""
    hint: Any


class PydanticPlugin(TaskPlugin):
    """Makes models of arguments, and values of models; each worker has one."""

    kind: ClassVar[str] = "pydantic"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._known: dict[TaskDefinition, list[_Modelled]] = {}
        self.handlers = {
            "task_executor_args_replace": self._validate,
            "task_executor_after_execute_result_replace": self._dump,
        }

    def applies(self, definition: TaskDefinition) -> bool:
        """Whether a parameter or the result is annotated with a model."""
        returned = definition.hints.get("return")
        return bool(self._modelled(definition)) or involves_model(returned)

    def _modelled(self, definition: TaskDefinition) -> list[_Modelled]:
        found = self._known.get(definition)
        if found is None:
            found = self._known[definition] = _modelled(definition)
        return found

    async def _validate(
        self,
        *,
        task_executor: Any,
        args: list[Any],
        kw: dict[str, Any],
        **_: Any,
    ) -> dict[str, Any]:
        definition: TaskDefinition = task_executor.task_func
        args, kw = list(args), dict(kw)
        named = {one.name for one in definition.parameters}
        for one in self._modelled(definition):
            for place in _places(one, len(args)):
                args[place] = _valid(one, args[place])
            for name in _names(one, kw, named):
                kw[name] = _valid(one, kw[name])
        return {"args": args, "kw": kw}

    async def _dump(
        self, *, task_executor: Any, result: Any, **_: Any
    ) -> dict[str, Any]:
        hint = task_executor.task_func.hints.get("return")
        if not involves_model(hint):
            return {}
        # By what it is, and not by the annotation: a task may return something else.
        return {"result": json.loads(json.dumps(result, default=plain))}


def _modelled(definition: TaskDefinition) -> list[_Modelled]:
    offset = int(definition.echo)
    found = []
    for place, one in enumerate(definition.parameters, offset):
        hint = definition.hints.get(one.name)
        if involves_model(hint):
            by_place = one.kind not in (one.KEYWORD_ONLY, one.VAR_KEYWORD)
            found.append(
                _Modelled(one.name, place if by_place else None, one.kind, hint)
            )
    return found


def _places(one: _Modelled, count: int) -> range:
    """Where among the positional arguments its values are."""
    if one.place is None or one.place >= count:
        return range(0)
    last = count if one.kind is inspect.Parameter.VAR_POSITIONAL else one.place + 1
    return range(one.place, last)


def _names(one: _Modelled, kw: dict[str, Any], named: set[str]) -> list[str]:
    """Under which names its values are."""
    if one.kind is inspect.Parameter.VAR_KEYWORD:
        return [name for name in kw if name not in named]
    return [one.name] if one.name in kw else []


def _valid(one: _Modelled, value: Any) -> Any:
    """What pydantic makes of an argument; it came as JSON, and is read as JSON."""
    validator = adapter(one.hint)
    try:
        try:
            text = json.dumps(value)
        except (TypeError, ValueError):  # another plugin made something of it
            return validator.validate_python(value, **EITHER_NAME)
        return validator.validate_json(text, **EITHER_NAME)
    except ValueError as error:  # pydantic's ValidationError is one
        raise ArgumentInvalid(
            f"the argument {one.name!r} is not valid: {error}", parameter=one.name
        ) from error


class AsyncPydanticWrapperPlugin(PydanticPlugin):
    """The same, under the name async apps know."""


class SyncPydanticWrapperPlugin(PydanticPlugin):
    """The same, under the name sync apps know."""
