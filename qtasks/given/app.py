"""What plugins of the component `app` get and may return."""

from typing import Any, TypedDict

from qtasks.abc.broker import Broker
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.starter import Starter
from qtasks.given.base import AnyApp, Given
from qtasks.schemas import Task


class QtasksAddTaskBeforeBrokerGiven(Given):
    """What a handler of `qtasks_add_task_before_broker` gets."""

    qtasks: AnyApp
    broker: Broker
    task_name: str
    priority: int
    args: list[Any]
    kw: dict[str, Any]


class QtasksAddTaskBeforeBrokerAnswer(TypedDict, total=False):
    """What a handler of `qtasks_add_task_before_broker` may return."""

    task_name: str
    priority: int
    extra: dict[str, Any]
    args: list[Any]
    kw: dict[str, Any]


class QtasksAddTaskAfterBrokerGiven(Given):
    """What a handler of `qtasks_add_task_after_broker` gets."""

    qtasks: AnyApp
    broker: Broker
    task_name: str
    priority: int
    args: list[Any]
    kwargs: dict[str, Any]


class QtasksGetGiven(Given):
    """What a handler of `qtasks_get` gets."""

    qtasks: AnyApp
    broker: Broker
    task: Task


class QtasksGetAnswer(TypedDict, total=False):
    """What a handler of `qtasks_get` may return."""

    task: Task


class QtasksStopGiven(Given):
    """What a handler of `qtasks_stop` gets."""

    qtasks: AnyApp
    starter: Starter


class QtasksPingGiven(Given):
    """What a handler of `qtasks_ping` gets."""

    qtasks: AnyApp
    global_config: GlobalConfig


class QtasksFlushAllGiven(Given):
    """What a handler of `qtasks_flush_all` gets."""

    qtasks: AnyApp
    broker: Broker
