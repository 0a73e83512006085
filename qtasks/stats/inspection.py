"""InspectStats: what an app and its tasks are, as text or as JSON."""

from qtasks.errors import TaskNotRegistered
from qtasks.stats.app_sheet import InspectedApp, app_sheet
from qtasks.stats.sheets import Sheet, as_json, as_text
from qtasks.stats.task_sheet import task_sheet


class InspectStats:
    """Looks at an app as it was made in this process.

    Every method returns text: aligned lines under labels, or with `json` the same
    labels as keys. Nothing is opened or changed by looking.

    Args:
        app: The app, asynchronous or not.
    """

    def __init__(self, app: InspectedApp) -> None:
        self._app = app

    def app(self, json: bool = False) -> str:  # noqa: FBT001, FBT002  # users know it so
        """Describe the app: settings, components, how many tasks, routers, plugins."""
        sheet = app_sheet(self._app)
        return as_json(sheet) if json else as_text([sheet])

    def task(self, task_name: str, json: bool = False) -> str:  # noqa: FBT001, FBT002
        """Describe a task: how it is called and what its decorator was told.

        Of a task that is not registered it says so, with `json` under the key `error`.
        """
        try:
            sheet = self._sheet(task_name)
        except TaskNotRegistered as error:
            return as_json({"error": error.message}) if json else error.message
        return as_json(sheet) if json else as_text([sheet])

    def tasks(self, *task_names: str, json: bool = False) -> str:
        """Describe several tasks in this order, or all of the app.

        Those that are not registered are said to be so in their place.
        """
        names = task_names or tuple(task.name for task in self._app.registry)
        if json:
            return as_json([self._sheet_or_error(name) for name in names])
        if not names:
            return "No registered tasks."
        return "\n".join(self.task(name) for name in names)

    def unknown(self, *task_names: str) -> list[str]:
        """Those of the names that are not registered."""
        return [name for name in task_names if name not in self._app.registry]

    def _sheet(self, name: str) -> Sheet:
        task = self._app.registry[name]
        return task_sheet(task, self._app.config.task_default_priority)

    def _sheet_or_error(self, name: str) -> Sheet:
        try:
            return self._sheet(name)
        except TaskNotRegistered as error:
            return {"error": error.message}
