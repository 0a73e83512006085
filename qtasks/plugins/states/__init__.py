"""States: what tasks of a worker, or of all workers, leave for one another.

    class Seen(AsyncState):
        pass

    @app.task
    async def visit(page: str, state: Seen):
        return await state.update(page, lambda before: (before or 0) + 1)

A parameter annotated with a state class is filled with the one object of that class in
the worker process. With `class Seen(AsyncState, shared=True)` its values are kept by the
broker: all worker processes of the app see them, and they outlast the workers.
"""

from qtasks.plugins.states.plugin import AsyncStatePlugin, StatePlugin, SyncStatePlugin
from qtasks.plugins.states.state import AsyncState, SyncState

__all__ = [
    "AsyncState",
    "AsyncStatePlugin",
    "StatePlugin",
    "SyncState",
    "SyncStatePlugin",
]
