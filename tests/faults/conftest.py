"""What every fault test has: a rig, and not for ever."""

import anyio
import pytest

from tests.faults.rig import Rig

WITHIN = 60.0
"""Seconds; no fault takes longer to get over."""


@pytest.fixture(autouse=True)
async def in_time():
    with anyio.fail_after(WITHIN):
        yield


@pytest.fixture
async def rig(in_time, tmp_path):  # noqa: ARG001  # ended after the rig is
    async with Rig.opened(tmp_path) as rig:
        yield rig
