"""The work, and the app that web servers and workers share.

In three terminals: `qtasks serve`, `qtasks -A tasks:app run` and `uvicorn app:web`.
"""

from collections.abc import AsyncIterator

import anyio

from qtasks import ctx
from qtasks.asyncio import QueueTasks

app = QueueTasks("reports")


@app.task
async def report(pages: int) -> AsyncIterator[str]:
    """Write a report page by page; whoever watches reads along."""
    for page in range(1, pages + 1):
        await anyio.sleep(0.05)  # the work
        await ctx.progress(page, pages)
        yield f"page {page}"
