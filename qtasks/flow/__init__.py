"""Flows: tasks that depend on one another, submitted together and run by the broker.

    chain(load("a.csv"), clean(), store())   # each gets the result of the one before
    group(resize(p) for p in paths)          # side by side
    chord(group(...), report())              # one task once a group has ended
    map(resize, paths, chunk=50)             # many small calls in few tasks

A flow is stored as a whole before the first of its tasks runs. From then on the broker
sees to it: it goes on when the program that submitted it is gone.

What a task gets of those before it: behind a single task its result as one more
positional argument (none for a result of `None`), behind a group one list of the
results in order.

When a task does not succeed, what waits for it is cancelled, and so on to the end of the
flow; tasks beside it go on. With `on_failure="run"` what waits runs all the same and gets
`None` in the place of the missing result. It is decided once all it waits for has ended.
Cancelling the handle of a flow cancels all its tasks that have not ended.
"""

from qtasks.flow.flows import AsyncFlow, Flow, SyncFlow, chain, chord, group
from qtasks.flow.handles import FlowHandle, SyncFlowHandle
from qtasks.flow.mapping import iter, map, starmap  # noqa: A004  # as Python names them

__all__ = [
    "AsyncFlow",
    "Flow",
    "FlowHandle",
    "SyncFlow",
    "SyncFlowHandle",
    "chain",
    "chord",
    "group",
    "iter",
    "map",
    "starmap",
]
