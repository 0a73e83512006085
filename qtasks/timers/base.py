"""The timer contract under the name that QTasks users know."""

from qtasks.abc.timer import Timer as BaseTimer

__all__ = ["BaseTimer"]
