"""Settings: arguments over the environment over defaults."""

import copy
import pickle

import pytest

from qtasks.config import DEFAULT_BROKER_URL, LOGS_FORMAT, QueueConfig
from qtasks.errors import SettingsError


def test_the_environment_is_over_the_defaults():
    config = QueueConfig.from_environment(
        {
            "QTASKS_MAX_TASKS_PROCESS": "50",
            "QTASKS_CANCEL_GRACE": "0.5",
            "QTASKS_QUEUES": "a, b",
            "QTASKS_RUNNING_OLDER_TASKS": "yes",
            "QTASKS_RESULT_STATUSES_END": "success,error",
        }
    )
    assert config.max_tasks_process == 50
    assert config.cancel_grace == 0.5
    assert config.queues == ["a", "b"]
    assert config.running_older_tasks is True
    assert config.result_statuses_end == ["success", "error"]
    assert config.broker_url == DEFAULT_BROKER_URL


def test_arguments_are_over_the_environment():
    environment = {"QTASKS_BROKER_URL": "grpc://there:1"}
    config = QueueConfig.from_environment(environment, broker_url="memory://")
    assert config.broker_url == "memory://"
    assert QueueConfig.from_environment(environment).broker_url == "grpc://there:1"


def test_a_config_made_in_code_reads_the_environment_too(monkeypatch):
    monkeypatch.setenv("QTASKS_MAX_TASKS_PROCESS", "7")
    monkeypatch.setenv("QTASKS_CANCEL_GRACE", "7")
    config = QueueConfig(max_tasks_process=10)
    assert (config.max_tasks_process, config.cancel_grace) == (10, 7.0)


def test_the_prefix_of_variables_can_be_chosen():
    environment = {"MY_MAX_TASKS_PROCESS": "3", "QTASKS_MAX_TASKS_PROCESS": "4"}
    config = QueueConfig.from_environment(environment, environ_prefix="MY_")
    assert config.max_tasks_process == 3


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("MAX_TASKS_PROCESS", "many", "QTASKS_MAX_TASKS_PROCESS must be int"),
        ("CANCEL_GRACE", "soon", "QTASKS_CANCEL_GRACE must be float"),
        ("DELETE_FINISHED_TASKS", "maybe", "QTASKS_DELETE_FINISHED_TASKS must be bool"),
    ],
)
def test_a_value_that_can_not_be_is_told_by_name(name, text, said):
    with pytest.raises(SettingsError, match=said):
        QueueConfig.from_environment({f"QTASKS_{name}": text})


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tasks_process": 0},
        {"drain_timeout": -1.0},
        {"cancel_grace": -1.0},
        {"plugin_errors": "ignore"},
    ],
)
def test_values_that_can_not_work_are_refused(wrong):
    with pytest.raises(SettingsError) as refused:
        QueueConfig(**wrong).check()
    assert refused.value.field == next(iter(wrong))


def test_fields_in_the_order_users_know():
    config = QueueConfig(5, True, True, 3)
    assert config.max_tasks_process == 5
    assert config.running_older_tasks
    assert config.delete_finished_tasks
    assert config.task_default_priority == 3


def test_both_names_of_the_default_priority():
    config = QueueConfig(default_task_priority=4)
    assert config.task_default_priority == config.default_task_priority == 4
    config.default_task_priority = 5
    assert config.task_default_priority == 5


def test_an_unknown_argument_is_refused_with_the_one_it_may_be():
    with pytest.raises(SettingsError, match="did you mean 'max_tasks_process'"):
        QueueConfig(max_task_process=5)
    with pytest.raises(SettingsError, match="has no field 'colour'"):
        QueueConfig(colour="red")
    with pytest.raises(SettingsError, match="fields"):
        QueueConfig(*range(100))


def test_attributes_of_a_programs_own_are_kept_and_slips_are_told(caplog):
    config = QueueConfig()
    config.region = "north"
    assert config.region == "north"
    assert not caplog.records
    config.max_task_process = 5
    assert "did you mean 'max_tasks_process'" in caplog.text
    with pytest.raises(AttributeError, match="did you mean 'cancel_grace'"):
        _ = config.cancel_gracee


def test_changes_are_told_until_nobody_asks():
    config = QueueConfig()
    seen = []
    stop = config.subscribe(lambda *change: seen.append(change))
    config.default_task_priority = 2
    config.region = "north"
    stop()
    stop()
    config.region = "south"
    assert seen == [(config, "task_default_priority", 2), (config, "region", "north")]


def test_it_shows_what_users_know_then_what_is_not_the_default():
    config = QueueConfig(running_older_tasks=True, delete_finished_tasks=True)
    documented = (
        "QueueConfig(max_tasks_process=10, running_older_tasks=True, "
        "delete_finished_tasks=True, default_task_priority=0, "
        "logs_default_level_server=20, logs_default_level_client=20, "
        f"logs_format={LOGS_FORMAT!r}, result_time_interval=0.1, "
        "result_statuses_end=['success', 'error', 'cancel'])"
    )
    assert str(config) == documented
    config.broker_url = "redis://ann:secret@here/1"
    config.region = "north"
    more = ", broker_url='redis://ann:***@here/1', region='north')"
    assert repr(config) == documented[:-1] + more


def test_copies_have_the_values_and_not_the_subscribers():
    config = QueueConfig(5)
    config.region = "north"
    config.subscribe(lambda *_: None)
    for other in (
        copy.copy(config),
        copy.deepcopy(config),
        pickle.loads(pickle.dumps(config)),  # noqa: S301  # made here
    ):
        assert other == config
        assert other.region == "north"
        other.max_tasks_process = 6
        assert config.max_tasks_process == 5
