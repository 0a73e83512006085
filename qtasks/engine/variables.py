"""Variables: small values in named spaces, which all processes of an app share.

A space of variables is a space of the storage. Which spaces an app has is kept in one
more, so that all can be forgotten together.
"""

from collections.abc import Mapping

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import check_name
from qtasks.engine.admission import DEFAULT_APP
from qtasks.engine.settings import KIB, MIB
from qtasks.errors import InvalidField, PayloadTooLarge, TooMany

MAX_VALUE = 256 * KIB
"""Bytes of one value."""
MAX_SPACE = 2 * MIB
"""Bytes of all values of a space with their names: it is read as a whole, and what is
read must fit one message. Processes that write to a nearly full space at the same moment
may go beyond it a little."""
MAX_VALUES = 10_000
"""Values of a space."""


class Variables:
    """Small values in named spaces.

    Args:
        storage: Where they are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        """The values of a space, all or those that are named."""
        found = await self._storage.fetch(_space(request.app, request.space))
        if request.names:
            found = {name: found[name] for name in request.names if name in found}
        return v1.GetVariablesResponse(values=found)

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        """Set and remove values of a space."""
        values: dict[str, bytes | None] = dict.fromkeys(request.removed)
        for name in request.removed:
            check_name(name, "removed")
        for name, value in request.values.items():
            if name in values:
                raise InvalidField(
                    f"{name!r} is to be set and removed: name it once", field="removed"
                )
            values[name] = _checked(name, value, "values")
        await self._make_room(request.app, request.space, values)
        if values:
            await self._storage.put(_space(request.app, request.space), values)
        return v1.SetVariablesResponse()

    async def swap_variable(
        self, request: v1.SwapVariableRequest
    ) -> v1.SwapVariableResponse:
        """Set a value if it is what is expected; else say what it is."""
        name = check_name(request.name, "name")
        expected = request.expected if request.HasField("expected") else None
        value = request.value if request.HasField("value") else None
        if value is not None:
            _checked(name, value, "value")
        space = _space(request.app, request.space)
        found = await self._make_room(request.app, request.space, {name: value})
        current = found.get(name)
        if current == expected:
            if await self._storage.swap(space, name, expected, value):
                return v1.SwapVariableResponse(swapped=True, value=value)
            current = (await self._storage.fetch(space)).get(name)
        return v1.SwapVariableResponse(swapped=False, value=current)

    async def forget(self, app: str) -> None:
        """Remove all spaces of an app."""
        listed = _list_of(app)
        spaces = await self._storage.fetch(listed)
        for space in spaces:
            names = await self._storage.fetch(_space(app, space))
            await self._storage.put(_space(app, space), dict.fromkeys(names))
        await self._storage.put(listed, dict.fromkeys(spaces))

    async def _make_room(
        self, app: str, space: str, changes: Mapping[str, bytes | None]
    ) -> Mapping[str, bytes]:
        """What is in a space that is about to be changed.

        Raises:
            PayloadTooLarge: or `TooMany`: it would hold more than it may.
        """
        found = await self._storage.fetch(_space(app, space))
        after = {
            name: value
            for name, value in {**found, **changes}.items()
            if value is not None
        }
        _check_size(space, after)
        if after and not found:
            # Noted first: a space that is noted and empty does no harm.
            await self._storage.put(_list_of(app), {space: b"1"})
        return found


def _check_size(space: str, values: Mapping[str, bytes]) -> None:
    size = sum(len(name.encode()) + len(value) for name, value in values.items())
    if size > MAX_SPACE:
        raise PayloadTooLarge(
            f"the space {space!r} would have {size} bytes, more than {MAX_SPACE}; remove "
            "values, or use several spaces",
            field="values",
        )
    if len(values) > MAX_VALUES:
        raise TooMany(
            f"the space {space!r} would have {len(values)} values, more than "
            f"{MAX_VALUES}; remove some, or use several spaces",
            field="values",
        )


def _checked(name: str, value: bytes, field: str) -> bytes:
    check_name(name, field)
    if len(value) > MAX_VALUE:
        raise PayloadTooLarge(
            f"the value of {name!r} has {len(value)} bytes, more than {MAX_VALUE}; store "
            "it elsewhere, and a reference here",
            field=field,
        )
    return value


def _space(app: str, space: str) -> str:
    """How the storage names a space; neither name has a control character."""
    return f"{_list_of(app)}\x1f{check_name(space, 'space')}"


def _list_of(app: str) -> str:
    return f"variables:{check_name(app, 'app') if app else DEFAULT_APP}"
