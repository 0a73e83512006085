"""Django: the tasks of installed apps are found where they stand.

A project has one app, and its installed apps have tasks:

    # shop/queue.py
    import django
    from qtasks import QueueTasks
    from qtasks.contrib.django import autodiscover_tasks

    django.setup()
    app = QueueTasks("shop")
    autodiscover_tasks(app)

    # orders/tasks.py, of an app in INSTALLED_APPS
    from qtasks import shared_task

    @shared_task
    def confirm(order_id): ...

    $ DJANGO_SETTINGS_MODULE=shop.settings qtasks -A shop.queue:app run
"""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings

from qtasks.errors import SettingsError

logger = logging.getLogger(__name__)

__all__ = ["autodiscover_tasks"]


def autodiscover_tasks(app: Any, modules: list[str] | None = None) -> None:
    """Import the task modules of Django's installed apps, so that `app` serves them.

    Tasks that are registered meanwhile, with `@shared_task` or with `@app.task`, are the
    app's. A module that is not there is passed over; one that can't be imported raises
    its own error. May be called again.

    Args:
        app: The app that is to serve the tasks.
        modules: The names of the modules in each installed app; `["tasks"]`, if none
            are given. `"jobs.tasks"` is a module inside a package.

    Raises:
        SettingsError: Django was not set up before.
    """
    if not settings.configured or not apps.apps_ready:
        raise SettingsError(
            "Django is not set up: set DJANGO_SETTINGS_MODULE and call django.setup() "
            "before autodiscover_tasks(app)",
            field="DJANGO_SETTINGS_MODULE",
        )
    names = ["tasks"] if modules is None else modules
    found = [
        path
        for installed in apps.get_app_configs()
        for name in names
        if _is_there(path := f"{installed.name}.{name}")
    ]
    for path in found:
        import_module(path)
    logger.info(
        "tasks of installed apps found", extra={"app": app.name, "modules": found}
    )


def _is_there(path: str) -> bool:
    """Whether there is such a module; the packages around it are imported."""
    parent, _, _ = path.rpartition(".")
    return _parent_is_there(parent) and find_spec(path) is not None


def _parent_is_there(path: str) -> bool:
    if find_spec(path.partition(".")[0]) is None or (
        "." in path and not _is_there(path)
    ):
        return False
    return hasattr(import_module(path), "__path__")
