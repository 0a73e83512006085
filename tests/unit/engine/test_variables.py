"""Variables that two processes change in the same moment."""

import pytest

from qtasks import v1
from qtasks.engine.variables import Variables
from qtasks.storages.memory import MemoryStorage

pytestmark = pytest.mark.anyio


class Contended(MemoryStorage):
    """A storage where somebody is always a moment faster."""

    async def swap(
        self, space: str, name: str, expected: bytes | None, value: bytes | None
    ) -> bool:
        await self.put(space, {name: b"theirs"})
        return await super().swap(space, name, expected, value)


async def test_a_swap_that_came_too_late_tells_what_is_there() -> None:
    async with Contended() as storage:
        variables = Variables(storage)
        request = v1.SwapVariableRequest(space="space", name="name", value=b"mine")
        response = await variables.swap_variable(request)
        assert (response.swapped, response.value) == (False, b"theirs")
        request.expected = b"theirs"
        assert (await variables.swap_variable(request)).swapped
