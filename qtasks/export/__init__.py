"""Export: the tasks of an app in forms that other languages read."""
