"""Telling: the lines a worker logs of itself, for people who watch it."""

import logging
from collections.abc import Mapping
from functools import partial

from qtasks import v1
from qtasks.workers.plan import WorkerPlan

logger = logging.getLogger(__name__)

_ENDS: Mapping[str, str] = {
    "result": "task succeeded",
    "failure": "task failed",
    "cancelled": "task cancelled",
    "given_back": "task given back",
}


def tell_start(plan: WorkerPlan) -> None:
    """Tell what a worker serves."""
    logger.info(
        "worker starts",
        extra={
            "app": plan.app_name,
            "worker_id": plan.worker_id,
            "queues": ",".join(plan.served_queues()),
            "tasks": ",".join(sorted(task.name for task in plan.registry)) or "none",
            "at_once": plan.slots,
        },
    )


tells = partial(logger.isEnabledFor, logging.INFO)
"""Whether ended attempts are told of: look first, it costs nothing."""


def tell_end(assign: v1.Assign, settle: v1.Settle) -> None:
    """Tell how an attempt ended."""
    facts = {
        "task_name": assign.task.name,
        "task_id": assign.task.id,
        "attempt": assign.attempt,
    }
    outcome = settle.WhichOneof("outcome") or "result"
    if outcome == "failure":
        facts["error"] = f"{settle.failure.kind}: {settle.failure.message}"
    elif outcome == "cancelled":
        facts["reason"] = settle.cancelled
    logger.info(_ENDS[outcome], extra=facts)
