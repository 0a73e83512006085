"""Where counting costs more the more there are, it has an end."""

import pytest

from qtasks.storages.embedded import lookup
from qtasks.storages.memory import MemoryStorage
from qtasks.storages.sqlite import SqliteStorage
from qtasks.testing.storage_suite.rig import LANE, a_task, submitted, the_record


@pytest.fixture(params=["memory", "sqlite"])
def storage(request, tmp_path):
    return (
        MemoryStorage() if request.param == "memory" else SqliteStorage(tmp_path / "q")
    )


@pytest.mark.anyio
async def test_counting_ends(storage, monkeypatch):
    monkeypatch.setattr(lookup, "AHEAD_COUNTED", 5)
    other = LANE._replace(name="other")
    tasks = [a_task(lane=lane, priority=-1) for lane in (LANE, other, LANE) * 2]
    async with storage:
        await submitted(storage, *tasks[:4])
        (last,) = await submitted(storage, a_task())
        names = {LANE.name, other.name}
        record = await the_record(storage, last)
        assert await storage.ahead(record, names) == (4, 4)
        await submitted(storage, *tasks[4:])
        assert await storage.ahead(record, names) == (5, 5)
