"""The work: answers that come word by word, as from a language model.

In three terminals: `qtasks serve`, `qtasks -A tasks:app run` and `npm start`.
"""

from collections.abc import AsyncIterator

import anyio

from qtasks.asyncio import QueueTasks

app = QueueTasks("chat")


@app.task
async def answer(question: str, pause: float = 0.05) -> AsyncIterator[str]:
    """Answer a question; whoever watches reads each word as it comes."""
    words = f"You ask: {question} I would say it depends on the data.".split()
    for word in words:
        await anyio.sleep(pause)  # the model
        yield word
