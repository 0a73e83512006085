"""Cleaning: `delete_finished_tasks`, done when a worker starts."""

import logging
import time
from typing import Any

from qtasks import v1
from qtasks.errors import QtasksError

logger = logging.getLogger(__name__)

OLD = 3600.0
"""Seconds since a task ended after which nobody is taken to wait for its result."""
PAGE = 1000
ENDED = (v1.TASK_STATE_SUCCESS, v1.TASK_STATE_ERROR, v1.TASK_STATE_CANCEL)


async def forget_old_tasks(app: Any) -> None:
    """Forget tasks of an app that ended more than an hour ago.

    An app can work without: what goes wrong is logged.
    """
    storage = app.broker.storage
    if storage is not None and storage.plugins.wants("storage_delete_finished_tasks"):
        await storage.plugins.fire("storage_delete_finished_tasks", storage=storage)
    try:
        count = await app.home.call(_forget, app.broker, app.name)
    except QtasksError as error:
        logger.warning("ended tasks not forgotten", extra={"error": str(error)})
    else:
        logger.info("ended tasks forgotten", extra={"count": count})


async def _forget(broker: Any, app_name: str) -> int:
    """Where the broker lives; how many tasks that were."""
    before = time.time() - OLD  # noqa: TID251  # they ended at moments
    which = v1.TaskFilter(app=app_name, states=ENDED)
    count, token = 0, ""
    while True:
        page = await broker.list(
            v1.ListRequest(filter=which, page_size=PAGE, page_token=token)
        )
        old = [one.id for one in page.tasks if one.finish_time.seconds < before]
        if old:
            results = (await broker.delete(v1.DeleteRequest(ids=old))).results
            count += sum(not result.HasField("error") for result in results)
        token = page.next_page_token
        if not token:
            return count
