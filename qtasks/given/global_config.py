"""What plugins of the component `global_config` get and may return."""

from typing import Any, TypedDict

from qtasks.abc.global_config import GlobalConfig
from qtasks.given.base import Given


class GlobalConfigSetGiven(Given):
    """What a handler of `global_config_set` gets."""

    global_config: GlobalConfig
    name_: str
    key: str
    value: Any


class GlobalConfigSetAnswer(TypedDict, total=False):
    """What a handler of `global_config_set` may return."""

    name: str
    key: str
    value: Any


class GlobalConfigGetGiven(Given):
    """What a handler of `global_config_get` gets."""

    global_config: GlobalConfig
    get: Any


class GlobalConfigGetAnswer(TypedDict, total=False):
    """What a handler of `global_config_get` may return."""

    get: Any


class GlobalConfigGetAllGiven(Given):
    """What a handler of `global_config_get_all` gets."""

    global_config: GlobalConfig
    get: dict[str, Any]


class GlobalConfigGetAllAnswer(TypedDict, total=False):
    """What a handler of `global_config_get_all` may return."""

    get: dict[str, Any]


class GlobalConfigGetMatchGiven(Given):
    """What a handler of `global_config_get_match` gets."""

    global_config: GlobalConfig
    get: dict[str, Any]


class GlobalConfigGetMatchAnswer(TypedDict, total=False):
    """What a handler of `global_config_get_match` may return."""

    get: dict[str, Any]


class GlobalConfigStartGiven(Given):
    """What a handler of `global_config_start` gets."""

    global_config: GlobalConfig


class GlobalConfigStopGiven(Given):
    """What a handler of `global_config_stop` gets."""

    global_config: GlobalConfig


class GlobalConfigSetStatusGiven(Given):
    """What a handler of `global_config_set_status` gets."""

    global_config: GlobalConfig
