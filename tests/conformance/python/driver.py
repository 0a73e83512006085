"""Python's driver: its client and its worker, steered by JSON, one document a line."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator
from typing import Any

import anyio

from qtasks.asyncio import QueueTasks
from qtasks.config import QueueConfig
from tests.conformance.python.blobs import BlobSerializer
from tests.conformance.python.client import Client
from tests.conformance.python.worker import Worker

MAX_LINE = 64 * 1024 * 1024


async def documents() -> AsyncIterator[dict[str, Any]]:
    """What the runner says, until it has no more to say."""
    reader = asyncio.StreamReader(limit=MAX_LINE)
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_read_pipe(lambda: protocol, sys.stdin)
    try:
        async for line in reader:
            yield json.loads(line)
    finally:
        transport.close()


def say(document: dict[str, Any]) -> None:
    """Tell the runner something."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


async def be_client(app: QueueTasks) -> None:
    """Do what is asked for, much of it at once, until nobody asks any more."""
    async with app, anyio.create_task_group() as tasks:
        client = Client(app)
        say({"ready": True})
        async for request in documents():
            tasks.start_soon(client.answer, request, say)
        tasks.cancel_scope.cancel()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["client", "worker"])
    parser.add_argument("--broker", required=True)
    parser.add_argument("--app", default="QueueTasks")
    parser.add_argument("--token", default="")
    parser.add_argument("--ca", default="")
    parser.add_argument("--worker-id")
    parser.add_argument("--slots", type=int, default=10)
    parser.add_argument("--queue", action="append", default=[])
    return parser.parse_args()


def main() -> None:
    given = arguments()
    logging.basicConfig(level=logging.WARNING)
    config = QueueConfig(broker_url=given.broker, token=given.token, tls_ca=given.ca)
    app = QueueTasks(given.app, config=config, serializer=BlobSerializer())
    if given.role == "client":
        anyio.run(be_client, app)
    else:
        app.config.max_tasks_process = given.slots
        worker = Worker(app, say)
        anyio.run(worker.run, given.worker_id, given.queue, documents)


if __name__ == "__main__":
    main()
