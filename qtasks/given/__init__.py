"""Types for handlers of plugins: what each trigger gives, and what may be returned.

A module for each component; for the trigger `worker_add` there are `WorkerAddGiven` and,
since handlers may return something, `WorkerAddAnswer`:

    from typing import Unpack
    from qtasks.given.worker import WorkerAddAnswer, WorkerAddGiven

    class Louder(BasePlugin):
        async def worker_add(
            self, **given: Unpack[WorkerAddGiven]
        ) -> WorkerAddAnswer | None: ...

They are written from the table of triggers; a test says when they differ.
"""
