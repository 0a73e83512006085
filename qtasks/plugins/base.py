"""The base of plugins, where QTasks' users look for it."""

from qtasks.triggers import BasePlugin

__all__ = ["BasePlugin"]
