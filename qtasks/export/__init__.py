"""Export: the tasks of an app in forms that other languages read."""

from qtasks.export.exporting import Export, Format, export

__all__ = ["Export", "Format", "export"]
