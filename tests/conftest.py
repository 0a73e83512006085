"""What holds for every test."""

import os

import pytest
from hypothesis import settings

# No deadline for one example: the machine may be busy. In CI always the same examples,
# so that a change is judged by itself; at a desk new ones each time.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asyncio only, because grpc.aio is."""
    return "asyncio"
