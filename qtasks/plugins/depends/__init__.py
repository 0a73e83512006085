"""Dependencies: what a task needs, made when it is needed and closed when it is not.

    @app.task
    async def process(data: int, db=Depends(get_db, scope="worker")):
        return await db.save(data)

A dependency is a function of either colour: a plain one, or a generator that yields what
it made and closes it behind the `yield`; also a context manager class, or a function that
`contextlib.contextmanager` made one. Its own parameters may be dependencies again. Where
a task fails, what it raised is raised at the `yield` of its dependencies.

For a task in the event loop, plain functions run in threads: they may block.
"""

from qtasks.plugins.depends.dependency import Depends, ScopeEnum
from qtasks.plugins.depends.plugin import (
    AsyncDependsPlugin,
    DependsPlugin,
    SyncDependsPlugin,
)

__all__ = [
    "AsyncDependsPlugin",
    "Depends",
    "DependsPlugin",
    "ScopeEnum",
    "SyncDependsPlugin",
]
