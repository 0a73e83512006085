"""Registration: how a worker introduces itself and its tasks."""

import inspect
import json
import logging
import math
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.config import QueueConfig
from qtasks.errors import Unserializable
from qtasks.task import TaskDefinition
from qtasks.task.schema import schemas_of
from qtasks.task.wire import task_defaults
from qtasks.version import __version__
from qtasks.workers.plan import WorkerPlan

logger = logging.getLogger(__name__)

PROTOCOL = v1.ProtocolVersion(major=1, minor=0)

MAX_SCHEMAS = 2 * 1024 * 1024
"""Bytes of schemas in one introduction, which must fit into a message."""

_UNTOLD = object()
"""Stands for what can't be told as JSON."""

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "any",
    inspect.Parameter.VAR_POSITIONAL: "args",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "kwargs",
}


def hello(plan: WorkerPlan, session: str) -> v1.Hello:
    """The worker's introduction, but for what changes from stream to stream.

    Raises:
        ExportRefused: the settings name a lock file that can't be used.
    """
    return v1.Hello(
        worker_id=plan.worker_id,
        session=session,
        app=plan.app_name,
        language="python",
        sdk_version=__version__,
        protocol=PROTOCOL,
        queues=plan.served_queues(),
        tasks=_registered(plan),
        slots=plan.slots,
        host=socket.gethostname(),
        pid=os.getpid(),
    )


def task_infos(plan: WorkerPlan) -> list[v1.TaskInfo]:
    """The tasks of a worker, with the numbers of fields left to whoever needs some."""
    return [_task_info(task, plan.serializer, plan.config) for task in plan.registry]


def _registered(plan: WorkerPlan) -> list[v1.TaskInfo]:
    """The tasks of a worker as they are registered with the broker."""
    tasks = task_infos(plan)
    if plan.config.schema_lock:
        # Only here: no program should pay for what few use.
        from qtasks.export.numbers import numbered  # noqa: PLC0415

        tasks = numbered(plan.app_name, tasks, Path(plan.config.schema_lock))
    _keep_to_a_message(tasks)
    return tasks


def _task_info(
    task: TaskDefinition, serializer: Serializer, config: QueueConfig
) -> v1.TaskInfo:
    defaults = task_defaults(task, config.task_default_priority)
    schemas = schemas_of(task, decoded=config.task_default_decode is not None)
    return v1.TaskInfo(
        name=task.name,
        description=task.description,
        parameters=[_parameter(one, serializer) for one in task.parameters],
        awaiting=task.awaiting,
        generating=task.generating,
        priority=defaults.priority,
        tags=task.tags,
        defaults=defaults if defaults != v1.TaskDefaults() else None,
        json_schema=_written(schemas.arguments),
        result_schema=_written(schemas.result),
        yield_schema=_written(schemas.yields),
        router=task.router,
    )


def _written(schema: dict[str, Any] | None) -> str:
    if schema is None:
        return ""
    return json.dumps(_told(schema), ensure_ascii=False, separators=(",", ":"))


def _told(part: Any) -> Any:
    """A part of a schema, without numbers that JSON does not have: `default: inf`."""
    if isinstance(part, dict):
        told = ((key, _told(one)) for key, one in part.items())
        return {key: one for key, one in told if one is not _UNTOLD}
    if isinstance(part, list):
        items = [_told(one) for one in part]
        return _UNTOLD if any(one is _UNTOLD for one in items) else items
    return _UNTOLD if isinstance(part, float) and not math.isfinite(part) else part


def _keep_to_a_message(tasks: Sequence[v1.TaskInfo]) -> None:
    """Let go of the schemas that would make the introduction too large."""
    left = MAX_SCHEMAS
    for task in tasks:
        schemas = (task.json_schema, task.result_schema, task.yield_schema)
        size = sum(len(one.encode()) for one in schemas)
        if size <= left:
            left -= size
            continue
        for field in ("json_schema", "result_schema", "yield_schema"):
            task.ClearField(field)
        logger.warning(
            "schemas are too large to register; the task stays untyped",
            extra={"task": task.name, "bytes": size},
        )


def _parameter(
    parameter: inspect.Parameter, serializer: Serializer
) -> v1.ParameterInfo:
    variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    info = v1.ParameterInfo(
        name=parameter.name,
        type=_type_text(parameter.annotation),
        optional=variadic or parameter.default is not parameter.empty,
        kind=KINDS[parameter.kind],
    )
    if parameter.default is not parameter.empty:
        try:
            info.default_json = serializer.encode(parameter.default).json
        except Unserializable:
            # A default without a JSON form is told by `optional` alone.
            return info
    return info


def _type_text(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        return annotation
    return inspect.formatannotation(annotation)
