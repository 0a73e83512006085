"""Models: pydantic's part in values, if a program uses pydantic.

It is noticed, never imported: a program without it has no models.
"""

import dataclasses
import inspect
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args


def loaded() -> Any:
    """The module `pydantic`, if the program uses it."""
    return sys.modules.get("pydantic")


def involves_model(hint: Any) -> bool:
    """Whether values of this annotation are models, or have models inside."""
    return loaded() is not None and _involves(hint, ())


def _involves(hint: Any, above: tuple[Any, ...]) -> bool:
    if is_model(hint):
        return True
    inside: list[Any] = list(get_args(hint))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        inside += [one.type for one in dataclasses.fields(hint)]
    path = (*above, hint)
    return any(_involves(one, path) for one in inside if one not in path)


def is_model(kind: Any) -> bool:
    """Whether it is a model class or a dataclass of pydantic's."""
    pydantic = loaded()
    if pydantic is None or not isinstance(kind, type):
        return False
    return issubclass(kind, pydantic.BaseModel) or "__pydantic_validator__" in vars(
        kind
    )


@lru_cache(maxsize=1024)
def adapter(hint: Any) -> Any:
    """What makes values of this annotation, a `pydantic.TypeAdapter`."""
    return loaded().TypeAdapter(hint)


def plain(value: Any) -> Any:
    """A model as values that JSON holds; raises `TypeError` for everything else."""
    kind: Any = type(value)
    if is_model(kind) or (dataclasses.is_dataclass(kind) and involves_model(kind)):
        return adapter(kind).dump_python(value, mode="json")
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


# -- schemas -----------------------------------------------------------------------------


def schemas(
    hints: Mapping[str, Any], *, returned: bool
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """What pydantic says of annotations as JSON Schema, if the program uses it.

    Args:
        hints: The annotations, by names that come back.
        returned: Whether values are written, and not read.

    Returns:
        The schemas of those annotations that pydantic knows, and the schemas that they
        refer to as `#/$defs/NAME`.
    """
    pydantic = loaded()
    if pydantic is None:
        return {}, {}
    mode = "serialization" if returned else "validation"
    made = {name: kind for name, hint in hints.items() if (kind := _adapter(hint))}
    if not made:
        return {}, {}
    try:
        parts, shared = _together(made, mode)
    except Exception:  # noqa: BLE001  # their hooks are the program's
        made = {name: kind for name, kind in made.items() if _tells(kind, mode)}
        parts, shared = _together(made, mode)
    return (
        {name: _untitled(parts[name, mode]) for name in made},
        _untitled_all(shared.get("$defs", {})),
    )


def _together(made: Mapping[str, Any], mode: str) -> Any:
    """The schemas of all, so that two models of one name get two names."""
    inputs = [(name, mode, kind) for name, kind in made.items()]
    return loaded().TypeAdapter.json_schemas(inputs)


def _adapter(hint: Any) -> Any:
    """What pydantic makes of an annotation; `None` when it can't say what it is."""
    if isinstance(hint, str) or hint is inspect.Parameter.empty:
        return None
    try:
        return loaded().TypeAdapter(hint)
    except Exception:  # noqa: BLE001  # annotations and their hooks are the program's
        return None


def _tells(kind: Any, mode: str) -> bool:
    """Whether there is a schema of it."""
    try:
        kind.json_schema(mode=mode)
    except Exception:  # noqa: BLE001  # the same
        return False
    return True


_BY_NAME = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
"""Where a schema has others by names of the program's."""

_VALUES = frozenset({"default", "const", "enum", "examples"})


def _untitled(schema: Any) -> Any:
    """A schema without titles, which only say the name again."""
    if isinstance(schema, list):
        return [_untitled(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _untitled_all(part)
        if key in _BY_NAME
        else (part if key in _VALUES else _untitled(part))
        for key, part in schema.items()
        if key != "title"
    }


def _untitled_all(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _untitled(part) for name, part in named.items()}
