"""The hub of a component's plugins: who is asked, and what counts of the answer."""

import logging

import pytest

from qtasks.errors import PluginFailed, UnknownTrigger, WrongColour
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import NAMES, TRIGGERS, BasePlugin, Plugins, TaskPlugin

ARGS = "task_executor_args_replace"


class Named(BasePlugin):
    async def task_executor_args_replace(self, *, args, **_):
        return {"args": [*args, self.name]}


class Answering(BasePlugin):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.given = []

    async def trigger(self, name, **given):
        self.given.append((name, given))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class OnlySome(TaskPlugin):
    kind = "some"

    def __init__(self):
        super().__init__()
        self.handlers = {ARGS: self.fill}

    def applies(self, definition):
        return definition.name == "some"

    async def fill(self, **_):
        raise ValueError("the task's own error")


def hub(*plugins):
    made = Plugins("worker")
    made.paint("async")
    for one in plugins:
        made.add(one)
    return made


def task(name):
    def func():
        pass

    return TaskDefinition(name=name, func=func)


def test_every_word_has_a_type():
    for triggers in TRIGGERS.values():
        for one in triggers.values():
            assert set(one.takes.values()) | set(one.gives.values())
            assert all(one.gives.values())
    assert "stats_inspect" in NAMES


async def test_a_method_with_the_name_of_a_trigger_handles_it():
    changed = await hub(Named("a"), Named("b")).fire(
        ARGS, task_executor=None, args=[1], kw={}, args_info=[]
    )
    assert changed == {"args": [1, "a", "b"]}


async def test_an_answer_changes_only_what_it_names():
    changed = await hub(Answering({"kw": {"x": 1}})).fire(ARGS, args=[1], kw={})
    assert changed == {"kw": {"x": 1}}


async def test_unknown_keys_are_told(caplog):
    changed = await hub(Answering({"arg": [2]})).fire(ARGS, args=[1], kw={})
    assert changed == {}
    (record,) = caplog.records
    assert record.keys == ["arg"]


@pytest.mark.parametrize("wrong", [[1], "args", 7])
async def test_an_answer_that_is_no_dict_is_told(caplog, wrong):
    assert await hub(Answering(wrong)).fire(ARGS, args=[1], kw={}) == {}
    assert "return None or a dict" in str(caplog.records[0].exc_info[1])


async def test_what_is_cached_is_given_back():
    plugin = Answering({"plugin_cache": {"n": 1}})
    plugins = hub(plugin)
    await plugins.fire(ARGS, args=[], kw={})
    await plugins.fire(ARGS, args=[], kw={})
    assert "plugin_cache" not in plugin.given[0][1]
    assert plugin.given[1][1]["plugin_cache"] == {"n": 1}


async def test_a_plugin_that_raises_is_skipped_and_named(caplog):
    caplog.set_level(logging.ERROR)
    plugins = hub(Answering(ValueError("no")), Named("b"))
    assert await plugins.fire(ARGS, args=[], kw={}) == {"args": ["b"]}
    (record,) = caplog.records
    assert (record.plugin, record.trigger) == ("Answering", ARGS)


@pytest.mark.parametrize("of_plugin", [True, False])
async def test_a_fatal_plugin_ends_what_it_takes_part_in(of_plugin):
    plugin = Answering(ValueError("no"))
    plugins = hub(plugin)
    if of_plugin:
        plugin.fatal = True
    else:
        plugins.fatal = True
    with pytest.raises(PluginFailed, match=r"'Answering' failed at .*ValueError: no"):
        await plugins.fire(ARGS, args=[], kw={})


def test_a_plugin_of_the_other_colour_is_refused():
    class Plain(BasePlugin):
        def worker_start(self, **given):
            pass

    with pytest.raises(WrongColour, match="`async def`"):
        hub(Plain())


def test_a_wrong_trigger_names_the_right_one():
    with pytest.raises(UnknownTrigger, match="did you mean 'worker_start'"):
        Plugins("worker").add(BasePlugin(), ["worker_strat"])
    with pytest.raises(UnknownTrigger, match="component='storage'"):
        Plugins("worker").add(BasePlugin(), ["storage_get"])


def test_a_handler_for_no_trigger_is_told():
    plugin = BasePlugin("mine")
    plugin.handlers["worker_strat"] = print
    with pytest.raises(UnknownTrigger, match=r"'mine'.*did you mean 'worker_start'"):
        Plugins("worker").add(plugin)


def test_a_handler_may_be_for_another_component():
    plugin = BasePlugin()
    plugin.handlers["storage_get"] = print
    Plugins("worker").add(plugin)


async def test_built_in_plugins_take_part_only_where_they_apply():
    plugins = hub(OnlySome())
    assert not plugins.of(task("other"))
    some = plugins.of(task("some"))
    assert some.wants(ARGS)
    with pytest.raises(ValueError, match="the task's own error"):
        await some.fire(ARGS, args=[], kw={})


def test_a_plugin_that_is_added_later_is_seen_by_tasks():
    plugins, one = hub(), task("some")
    assert not plugins.of(one)
    plugins.add(Named("a"))
    assert plugins.of(one).wants(ARGS)


def test_a_second_built_in_plugin_of_a_kind_replaces_the_first():
    first, second = OnlySome(), OnlySome()
    plugins = hub(first, second)
    assert list(plugins) == [second]
    assert plugins.by_trigger[ARGS] == [second]
