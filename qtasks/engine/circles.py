"""Circles: held tasks of several requests that wait for one another.

Those of one request are refused when they come in. Over several requests a circle takes
clients that choose ids for one another, and store all of it before a broker first looks
at any: within moments. Its tasks would wait until they expire.

The newest task of a circle is waited for by an older one (or one just as old). So only
such a pair is looked into, a few generations up: a chain that is stored in order costs
nothing, and one stored at once not more for being long.
"""

from collections.abc import Mapping

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import TaskRecord
from qtasks.core.states import State

GENERATIONS = 8
"""How far up is looked; a longer circle over several requests is not found."""
WIDTH = 64
"""Tasks of a generation that are looked at, at most."""


def may_close_circle(child: TaskRecord, parent: TaskRecord) -> bool:
    """Whether a held task may wait, over one it waits for, for itself."""
    return _waits(parent) and parent.created >= child.created


async def find_circles(storage: Storage, pairs: Mapping[str, TaskRecord]) -> set[str]:
    """The ids of the held tasks that wait for themselves.

    Args:
        storage: Where they are.
        pairs: By id of a held task, the one it is about to follow.
    """
    found: set[str] = set()
    above = {child: _parents(parent) for child, parent in pairs.items()}
    for _ in range(GENERATIONS):
        found |= {child for child, ids in above.items() if child in ids}
        above = {
            child: ids for child, ids in above.items() if ids and child not in found
        }
        if not above:
            break
        wanted = sorted({one for ids in above.values() for one in sorted(ids)[:WIDTH]})
        records = await storage.get(wanted)
        parents = {
            record.id: _parents(record)
            for record in records
            if record is not None and _waits(record)
        }
        above = {
            child: {up for one in ids for up in parents.get(one, ())}
            for child, ids in above.items()
        }
    return found


def _waits(record: TaskRecord) -> bool:
    return record.held and record.state is State.SCHEDULED


def _parents(record: TaskRecord) -> set[str]:
    return set(v1.TaskSubmit.FromString(record.spec).after.task_ids)
