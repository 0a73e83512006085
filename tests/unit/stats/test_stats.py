"""What an app says of itself, as its documents describe."""

import json
from datetime import date

import pytest

import qtasks
import qtasks.asyncio
from qtasks.errors import UnknownTrigger, WrongColour
from qtasks.router import AsyncRouter
from qtasks.stats import AsyncStats, SyncStats
from qtasks.triggers import BasePlugin

APP_LABELS = [
    "Name",
    "Method",
    "Version",
    "Configuration",
    "Number of tasks",
    "Number of routers",
    "Number of plugins",
    "Number of initializations",
    "Broker",
    "Worker",
    "Starter",
    "Storage",
    "GlobalConfig",
    "Log",
]
TASK_LABELS = [
    "Task name",
    "Priority",
    "Description",
    "Tags",
    "Asynchronous",
    "Generation",
    "Self before task",
    "Args",
    "Kwargs",
]
RULE = "-" * 50


@pytest.fixture
def app():
    app = qtasks.asyncio.QueueTasks("shop")

    @app.task(
        name="send_email",
        description="Mailing list",
        tags=["email", "marketing"],
        retry=3,
        retry_on_exc=[KeyError],
        concurrency=5,
        queue="high",
    )
    async def send_email(
        recipient: str, subject: str, *, retries: int = 3, timeout: int = 30
    ):
        pass

    @app.task(priority=1, echo=True)
    def report_daily(self, day: date, *rest, form: str = "pdf", **more):
        yield self, day, rest, form, more

    return app


def inspect(app):
    return AsyncStats(app).inspect()


def test_a_task_reads_as_documented(app):
    assert inspect(app).task("send_email").splitlines() == [
        "Task name                 : send_email",
        "Priority                  : 0",
        "Description               : Mailing list",
        "Tags                      : email, marketing",
        "Asynchronous              : True",
        "Generation                : False",
        "Self before task          : False",
        "Args                      : recipient: str, subject: str",
        "Kwargs                    : retries: int=3, timeout: int=30",
        "Retries                   : 3",
        "Exceptions for retries    : [<class 'KeyError'>]",
        "Additional                :",
        "* concurrency: 5",
        "* queue: high",
        RULE,
    ]


def test_what_a_task_does_not_have_is_a_dash_or_left_out(app):
    lines = inspect(app).task("report_daily").splitlines()
    assert [line.partition(":")[0].strip() for line in lines[:-1]] == TASK_LABELS
    assert lines[2:4] == [
        "Description               : —",
        "Tags                      : —",
    ]
    assert lines[5:7] == [
        "Generation                : True",
        "Self before task          : True",
    ]
    assert lines[7].endswith(": day: datetime.date, *rest")
    assert lines[8].endswith(": form: str=pdf, **more")


def test_an_app_has_the_documented_lines(app):
    lines = inspect(app).app().splitlines()
    assert [line[:26].strip() for line in lines[:-1]] == APP_LABELS
    assert all(line[26:28] == ": " for line in lines[:-1])
    assert lines[-1] == RULE
    told = json.loads(inspect(app).app(json=True))
    assert list(told) == APP_LABELS
    assert told["Name"] == "shop"
    assert told["Method"] == "async"
    assert told["Configuration"] == str(app.config)
    assert told["Number of tasks"] == 2
    assert told["Broker"] == "GrpcBroker"
    assert told["Worker"] == "AsyncWorker"
    assert told["Log"] == "Logger"


def test_routers_plugins_and_initializations_are_counted(app):
    before = json.loads(inspect(app).app(json=True))
    app.include_router(AsyncRouter())
    app.broker.add_plugin(BasePlugin())
    app.worker.add_plugin(BasePlugin())

    @app.events.on.task_error()
    async def tell(**given):
        pass

    after = json.loads(inspect(app).app(json=True))
    assert after["Number of routers"] == before["Number of routers"] + 1
    assert after["Number of plugins"] == before["Number of plugins"] + 2
    assert after["Number of initializations"] == 1


def test_json_has_the_labels_as_keys(app):
    told = json.loads(inspect(app).task("send_email", json=True))
    assert list(told)[: len(TASK_LABELS)] == TASK_LABELS
    assert told["Args"] == ["recipient: str", "subject: str"]
    assert told["Exceptions for retries"] == ["<class 'KeyError'>"]
    assert told["Additional"] == {"concurrency": 5, "queue": "high"}


def test_tasks_come_in_the_order_asked_for_or_all(app):
    stats = inspect(app)
    asked = json.loads(stats.tasks("report_daily", "send_email", json=True))
    assert [one["Task name"] for one in asked] == ["report_daily", "send_email"]
    everything = json.loads(stats.tasks(json=True))
    assert [one["Task name"] for one in everything] == ["send_email", "report_daily"]
    assert stats.tasks().count(RULE) == 2


def test_a_task_that_is_missing_is_told(app):
    stats = inspect(app)
    assert stats.task("nope") == "no task is registered as 'nope'"
    assert json.loads(stats.task("nope", json=True)) == {
        "error": "no task is registered as 'nope'"
    }
    assert stats.tasks("send_email", "nope").endswith("registered as 'nope'")
    assert stats.unknown("send_email", "nope") == ["nope"]


def test_an_app_without_tasks_says_so():
    stats = inspect(qtasks.asyncio.QueueTasks("empty"))
    assert stats.tasks() == "No registered tasks."
    assert json.loads(stats.tasks(json=True)) == []


def test_a_sync_app_is_described_by_the_same():
    app = qtasks.QueueTasks("plain")
    told = json.loads(SyncStats(app).inspect().app(json=True))
    assert (told["Name"], told["Method"]) == ("plain", "sync")


class Heard(BasePlugin):
    def __init__(self):
        super().__init__()
        self.seen = []
        self.handlers["stats_inspect"] = self.on_inspect

    def on_inspect(self, stats):
        self.seen.append(stats)


class HeardAsync(Heard):
    async def on_inspect(self, stats):  # type: ignore[override]
        self.seen.append(stats)


@pytest.mark.parametrize(
    ("make", "stats_class", "plugin_class"),
    [
        (qtasks.asyncio.QueueTasks, AsyncStats, HeardAsync),
        (qtasks.QueueTasks, SyncStats, Heard),
    ],
)
async def test_plugins_hear_of_an_inspection(make, stats_class, plugin_class):
    plugin = plugin_class()
    stats = stats_class(make("heard"), plugins={"stats_inspect": [plugin]})
    stats.inspect()
    assert plugin.seen == [stats]


def test_plugins_of_another_colour_or_trigger_are_refused(app):
    with pytest.raises(WrongColour):
        AsyncStats(app, plugins=[Heard()])
    with pytest.raises(UnknownTrigger):
        AsyncStats(app).add_plugin(HeardAsync(), ["stats_inspects"])
