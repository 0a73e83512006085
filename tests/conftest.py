"""What holds for every test."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asyncio only, because grpc.aio is."""
    return "asyncio"
