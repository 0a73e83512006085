"""Schemas: what a task takes, yields and returns, as JSON Schema (2020-12)."""

from qtasks.task.schema.document import TaskSchemas, schemas_of

__all__ = ["TaskSchemas", "schemas_of"]
