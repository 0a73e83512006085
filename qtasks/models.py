"""Models: pydantic's part in values, if a program uses pydantic.

It is noticed, never imported: a program without it has no models.
"""

import dataclasses
import sys
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
