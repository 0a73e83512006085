"""Registration: how a worker introduces itself and its tasks."""

import inspect
import os
import socket
from typing import Any

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.errors import Unserializable
from qtasks.task import TaskDefinition
from qtasks.task.wire import task_defaults
from qtasks.version import __version__
from qtasks.workers.plan import WorkerPlan

PROTOCOL = v1.ProtocolVersion(major=1, minor=0)

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "any",
    inspect.Parameter.VAR_POSITIONAL: "args",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "kwargs",
}


def hello(plan: WorkerPlan, session: str) -> v1.Hello:
    """The worker's introduction, but for what changes from stream to stream."""
    return v1.Hello(
        worker_id=plan.worker_id,
        session=session,
        app=plan.app_name,
        language="python",
        sdk_version=__version__,
        protocol=PROTOCOL,
        queues=plan.served_queues(),
        tasks=[
            task_info(task, plan.serializer, plan.config.task_default_priority)
            for task in plan.registry
        ],
        slots=plan.slots,
        host=socket.gethostname(),
        pid=os.getpid(),
    )


def task_info(
    task: TaskDefinition, serializer: Serializer, default_priority: int = 0
) -> v1.TaskInfo:
    """A task as it is registered with the broker."""
    defaults = task_defaults(task, default_priority)
    return v1.TaskInfo(
        name=task.name,
        description=task.description,
        parameters=[_parameter(one, serializer) for one in task.parameters],
        awaiting=task.awaiting,
        generating=task.generating,
        priority=defaults.priority,
        tags=task.tags,
        defaults=defaults if defaults != v1.TaskDefaults() else None,
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
