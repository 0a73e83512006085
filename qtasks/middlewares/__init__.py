"""Middlewares: what runs before and after the tasks of a task, a worker or an app."""

from qtasks.middlewares.base import BaseMiddleware
from qtasks.middlewares.task import TaskMiddleware

__all__ = ["BaseMiddleware", "TaskMiddleware"]
