"""An app whose worker calls what tests offload."""

import pytest

from qtasks import QueueTasks
from qtasks.config import QueueConfig
from qtasks.tasks import Settings, configure
from tests.integration import offloaded_functions as functions
from tests.integration.test_app_sync import Working

HERE = functions.__name__
LONG = 20_000
"""Milliseconds after which something is wrong."""


@pytest.fixture(scope="module")
def app():
    """An app whose worker may import what these tests offload."""
    config = QueueConfig(importable=["math.*", f"{HERE}.*"], cancel_grace=0.1)
    app = QueueTasks("offload", broker_url="memory://", config=config)

    @app.task
    def triple(number):
        return number * 3

    @app.task(echo=True)
    def echoing(self):
        return self.task_name

    app.task("echo.ing", echo=True)(lambda self: self.task_name)

    with app, Working(app):
        yield app


@pytest.fixture(autouse=True)
def settings(app):
    before = configure(Settings(app=app))
    functions.SEEN.clear()
    functions.NOTED.clear()
    yield
    configure(before)
