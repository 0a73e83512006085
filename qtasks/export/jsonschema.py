"""JSON Schema: one document with what each task takes, yields and returns.

Each schema in it is complete, so it can be taken out and used alone.
"""

import json
from typing import Any

from qtasks import v1
from qtasks.export.catalogue import Catalogue
from qtasks.export.folder import NOTICE, File
from qtasks.typed.schema import parse

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def jsonschema(catalogue: Catalogue) -> File:
    """The document of an app."""
    document = {
        "$comment": NOTICE,
        "app": catalogue.app,
        "tasks": {task.name: _task(task) for task in catalogue.tasks},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return File(f"{catalogue.stem}.schema.json", f"{text}\n")


def _task(task: v1.TaskInfo) -> dict[str, Any]:
    told = {
        "description": task.description,
        "router": task.router,
        "arguments": _whole(task.json_schema),
        "yields": _whole(task.yield_schema),
        "result": _whole(task.result_schema),
    }
    return {key: value for key, value in told.items() if value}


def _whole(text: str) -> dict[str, Any] | None:
    schema = parse(text)
    return None if schema is None else {"$schema": DIALECT, **schema}
