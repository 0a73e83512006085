"""Settings: arguments over the environment over defaults."""

import pytest

from qtasks.config import DEFAULT_BROKER_URL, QueueConfig
from qtasks.errors import SettingsError


def test_the_environment_is_over_the_defaults():
    config = QueueConfig.from_environment(
        {
            "QTASKS_MAX_TASKS_PROCESS": "50",
            "QTASKS_CANCEL_GRACE": "0.5",
            "QTASKS_QUEUES": "a, b",
        }
    )
    assert config.max_tasks_process == 50
    assert config.cancel_grace == 0.5
    assert config.queues == ["a", "b"]
    assert config.broker_url == DEFAULT_BROKER_URL


def test_arguments_are_over_the_environment():
    environment = {"QTASKS_BROKER_URL": "grpc://there:1"}
    config = QueueConfig.from_environment(environment, broker_url="memory://")
    assert config.broker_url == "memory://"
    assert QueueConfig.from_environment(environment).broker_url == "grpc://there:1"


def test_a_value_that_can_not_be_is_told_by_name():
    with pytest.raises(SettingsError, match="QTASKS_MAX_TASKS_PROCESS must be int"):
        QueueConfig.from_environment({"QTASKS_MAX_TASKS_PROCESS": "many"})


@pytest.mark.parametrize(
    "wrong", [{"max_tasks_process": 0}, {"drain_timeout": -1.0}, {"cancel_grace": -1.0}]
)
def test_values_that_can_not_work_are_refused(wrong):
    with pytest.raises(SettingsError):
        QueueConfig(**wrong).check()
