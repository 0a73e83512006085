"""What users are told when a plugin does not fit, or fails."""

import logging

import pytest

from qtasks.errors import (
    PluginFailed,
    UnknownComponent,
    UnknownTrigger,
    WrongColour,
    WrongComponent,
)
from qtasks.plugins import (
    AsyncState,
    BasePlugin,
)
from tests.integration.plugin_rig import BOTH, made, plugin_of, submitted, working


class Count(AsyncState):
    pass


@BOTH
async def test_a_plugin_that_raises_is_skipped_or_fatal_as_settings_say(kind, caplog):
    caplog.set_level(logging.ERROR)

    def broken(_):
        raise ValueError("no")

    for errors in ("skip", "fatal"):
        app = made(kind, plugin_errors=errors)

        @app.task
        def one():
            return 1

        app.add_plugin(plugin_of(kind, {"qtasks_add_task_before_broker": broken}))
        async with working(app):
            if errors == "skip":
                assert (await submitted(app, "one")).returning == 1
                assert caplog.records[-1].plugin == "listener"
            else:
                with pytest.raises(
                    PluginFailed, match="'listener' failed at qtasks_add"
                ):
                    await submitted(app, "one")


@BOTH
def test_mistakes_of_add_plugin_are_told_at_once(kind):
    app = made(kind)
    plugin = plugin_of(kind, {})
    with pytest.raises(UnknownComponent, match="did you mean 'worker'"):
        app.add_plugin(plugin, component="wroker")
    with pytest.raises(UnknownTrigger, match="component='storage'"):
        app.add_plugin(plugin, ["storage_get"], component="broker")
    with pytest.raises(UnknownTrigger, match="did you mean 'qtasks_get'"):
        app.add_plugin(plugin, ["qtasks_gett"])
    with pytest.raises(WrongComponent, match=r"write BasePlugin\(\)"):
        app.add_plugin(BasePlugin)
    with pytest.raises(WrongComponent, match="derive its class from"):
        app.add_plugin(object())

    class Unready(BasePlugin):
        def __init__(self):
            pass

    with pytest.raises(WrongComponent, match="super"):
        app.add_plugin(Unready())


@BOTH
@pytest.mark.parametrize("component", [None, "worker", "storage", "starter"])
def test_a_plugin_of_the_other_colour_is_refused(kind, component):
    other = "sync" if kind == "async" else "async"
    with pytest.raises(WrongColour, match=f"this app is {kind}"):
        made(kind).add_plugin(
            plugin_of(other, {"worker_start": None}), ["-"], component=component
        )


async def test_a_state_a_task_could_not_use_is_told_at_the_decorator():
    app = made("async")

    def plain(state: Count):
        pass

    with pytest.raises(WrongColour, match="can't await"):
        app.task(plain)
    assert "plain" not in app.tasks
