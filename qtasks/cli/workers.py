"""`qtasks workers`: who works now."""

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.facts import worker_facts
from qtasks.cli.options import DEFAULT_BROKER_URL, AppName, AsJson, BrokerUrl
from qtasks.cli.output import Column, Facts, Output, clock_time

COLUMNS = (
    Column(heading="WORKER", key="id", whole=True),
    Column(heading="HOST", key="host", wide=True),
    Column(heading="PID", key="pid", align="right", wide=True),
    Column(heading="RUNNING", key="running", align="right"),
    Column(heading="SLOTS", key="slots", align="right"),
    Column(heading="QUEUES", key="queues", cut=True),
    Column(heading="TASKS", key="tasks", cut=True),
    Column(heading="CONNECTED", key="connected", show=clock_time, whole=True),
)


def workers(
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show the live workers of an app."""
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        live: list[Facts] = []
        request = v1.ListWorkersRequest(app=app_name)
        while True:
            answer = await broker.list_workers(request)
            live += map(worker_facts, answer.workers)
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        output.listing(
            COLUMNS,
            live,
            empty="no live workers; start one with: qtasks -A module:app run",
        )

    call(broker, talk)
