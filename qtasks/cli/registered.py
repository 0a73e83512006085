"""Sheets of what workers told the broker, under the labels `qtasks.stats` uses."""

from qtasks import v1
from qtasks.stats.sheets import Sheet


def registered_app(app: v1.InspectAppResponse) -> Sheet:
    """Describe an app as the broker knows it."""
    return {
        "Name": app.app,
        "Number of tasks": len(app.tasks),
        "Tasks": list(app.tasks),
        "Queues": list(app.queues),
        "Workers": app.workers,
    }


def registered_task(task: v1.TaskInfo) -> Sheet:
    """Describe a task as its workers registered it."""
    defaults = task.defaults
    sheet: Sheet = {
        "Task name": task.name,
        "Priority": defaults.priority
        if defaults.HasField("priority")
        else task.priority,
        "Description": task.description or None,
        "Tags": list(task.tags),
        "Asynchronous": task.awaiting,
        "Generation": bool(task.generating),
        "Args": [_written(one) for one in task.parameters if not _named(one)],
        "Kwargs": [_written(one) for one in task.parameters if _named(one)],
    }
    if defaults.retry.max_attempts > 1:
        sheet["Retries"] = defaults.retry.max_attempts - 1
    if defaults.queue:
        sheet["Additional"] = {"queue": defaults.queue}
    return sheet


def _named(parameter: v1.ParameterInfo) -> bool:
    return parameter.kind in {"keyword", "kwargs"} or (
        parameter.optional and parameter.kind != "args"
    )


def _written(parameter: v1.ParameterInfo) -> str:
    stars = {"args": "*", "kwargs": "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}"
    if parameter.type:
        text += f": {parameter.type}"
    if parameter.HasField("default_json"):
        text += f"={parameter.default_json}"
    elif parameter.optional and not stars:
        text += "=…"
    return text
