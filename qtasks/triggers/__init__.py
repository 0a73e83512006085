"""Triggers: the moments plugins can take part in, and how they do."""

from qtasks.triggers.of_tasks import OfTasks
from qtasks.triggers.plugin import BasePlugin, TaskPlugin
from qtasks.triggers.plugins import GLOBALS, ONLY_LIFE, Plugins
from qtasks.triggers.table import COMPONENTS, NAMES, TRIGGERS
from qtasks.triggers.trigger import Trigger

__all__ = [
    "COMPONENTS",
    "GLOBALS",
    "NAMES",
    "ONLY_LIFE",
    "TRIGGERS",
    "BasePlugin",
    "OfTasks",
    "Plugins",
    "TaskPlugin",
    "Trigger",
]
