"""What holds for every offloaded task, and what one says for itself."""

import pytest

from qtasks.errors import InvalidField, SettingsError
from qtasks.tasks import Settings, configure
from qtasks.tasks.options import Options
from qtasks.tasks.settings import DAY, current


@pytest.fixture(autouse=True)
def before():
    before = configure(Settings())
    yield
    configure(before)


def test_the_environment_is_read():
    settings = Settings.from_environment(
        {
            "QTASKS_OFFLOAD_SYNC": "yes",
            "QTASKS_OFFLOAD_TIMEOUT": "5",
            "QTASKS_OFFLOAD_CACHED": "60",
            "QTASKS_OFFLOAD_SAVE_LIMIT": "-1",
        }
    )
    assert (settings.sync, settings.timeout, settings.cached_for) == (True, 5.0, 60.0)
    assert settings.save_limit == -1
    with pytest.raises(SettingsError, match="QTASKS_OFFLOAD_SAVE_LIMIT must be int"):
        Settings.from_environment({"QTASKS_OFFLOAD_SAVE_LIMIT": "many"})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"timeout": 60, "retry": 30}, "retry .* must not be shorter than the timeout"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"save_limit": -2}, "save_limit"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"keep": -1}, "keep"),
    ],
)
def test_what_contradicts_itself_is_refused(values, words):
    with pytest.raises(SettingsError, match=words):
        Settings(**values)


def test_a_setting_that_is_none_is_told():
    with pytest.raises(SettingsError, match="there is no setting 'workers'"):
        configure(workers=4)
    assert configure(timeout=7) == Settings()
    assert current().timeout == 7


def test_a_task_is_not_tried_again_before_its_timeout():
    configure(retry=30)
    with pytest.raises(SettingsError, match="still may run"):
        Options(timeout=60).submit_options()
    configure(retry=None)
    options = Options(timeout=90, ack_failure=False).submit_options()
    assert (options["retry"], options["retry_backoff"].initial) == (2, 90)
    assert Options(ack_failure=False).submit_options()["retry_backoff"].initial == 60
    assert Options().submit_options()["retry"] == 0


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (Options(), {"keep_result": 100.0}),
        (Options(cached=60), {"keep_result": 60.0}),
        (Options(cached=True), {"keep_result": 50.0}),
        (Options(save=False), {"keep_result": 0.0, "keep_failure": 100.0}),
        (
            Options(save=False, hook="math.floor"),
            {"keep_result": DAY, "keep_failure": 100.0},
        ),
    ],
    ids=["saved", "cached for", "cached", "not saved", "not saved, but hooked"],
)
def test_how_long_a_record_is_kept(options, kept):
    configure(keep=100.0, cache=50.0)
    given = options.submit_options()
    assert {name: given[name] for name in given if name.startswith("keep")} == kept


def test_options_among_named_arguments_are_taken_out():
    options, left = Options.taken({"group": "g", "base": 2, "timeout": 3})
    assert (options.group, options.timeout, left) == ("g", 3, {"base": 2})
    options, left = Options.taken({"group": "mine", "q_options": {"group": "g"}})
    assert (options.group, left) == ("g", {"group": "mine"})


@pytest.mark.parametrize("wrong", [[("group", "g")], {"grup": "g"}, "group"])
def test_options_that_are_none_are_refused(wrong):
    with pytest.raises(InvalidField, match="q_options"):
        Options.taken({"q_options": wrong})


@pytest.mark.parametrize("given", [{"cached": 1}, {"save": False}, {}])
def test_what_another_task_is_given_is_kept_for_it(given):
    hooked = Options(hook="math.floor", **given).submit_options()
    needed = Options(**given).submit_options(needed=True)
    assert needed["keep_result"] == hooked["keep_result"] >= DAY
