"""`qtasks top`: what goes on, live."""

import sys
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import typer
from google.protobuf.duration_pb2 import Duration
from rich.live import Live

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.figures import stats_facts
from qtasks.cli.keys import keys_pressed
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    duration,
)
from qtasks.cli.output import Output, Style
from qtasks.cli.top_view import TopView
from qtasks.errors import BrokerDraining, BrokerUnavailable, StorageUnavailable

AWAY = {
    BrokerUnavailable: "the broker can't be reached; trying again",
    BrokerDraining: "the broker is about to stop; looking for another",
    StorageUnavailable: "the broker can't reach its storage; trying again",
}
"""What passes by itself, and what is said meanwhile."""

TRY_AGAIN_SECONDS = 1.0
REDRAW_SECONDS = 0.5
"""How soon a terminal of another size is drawn anew."""

SHORTEST_INTERVAL_SECONDS = 0.1
LEAVING = frozenset({"q", "Q", "\x1b"})


def top(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Show it once, and end.")
    ] = False,
    interval: Annotated[
        float, typer.Option(parser=duration, metavar="TIME", help="How often.")
    ] = 1.0,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show what goes on, live: queues, tasks, workers, and what runs. End with q.

    Rates, latencies and running tasks are those of the broker that answers. In a pipe
    it is shown once.
    """
    output = Output(as_json=as_json)
    pace = Duration()
    pace.FromMilliseconds(round(max(interval, SHORTEST_INTERVAL_SECONDS) * 1000))
    request = v1.WatchStatsRequest(app=app_name, interval=pace, details=True)

    async def talk(broker: Broker) -> None:
        if once or output.style is Style.PLAIN:
            await _show_once(broker, request, output)
        elif output.style is Style.JSON:
            async with broker.watch_stats(request) as responses:
                async for response in responses:
                    output.json(stats_facts(response.stats))
        else:
            await _Screen(broker, request, output).run()

    try:
        call(broker, talk)
    except KeyboardInterrupt:
        return  # how one leaves what has no end


async def _show_once(
    broker: Broker, request: v1.WatchStatsRequest, output: Output
) -> None:
    asked = v1.GetStatsRequest(app=request.app, details=True)
    stats = (await broker.get_stats(asked)).stats
    if output.style is Style.JSON:
        output.json(stats_facts(stats))
    else:
        output.console.print(TopView(stats, fill=False), soft_wrap=False)


class _Screen:
    """The terminal, as long as somebody looks."""

    def __init__(
        self, broker: Broker, request: v1.WatchStatsRequest, output: Output
    ) -> None:
        self._broker = broker
        self._request = request
        self._console = output.console
        self._view = TopView(None)
        self._news = anyio.Event()

    async def run(self) -> None:
        """Show it until a key says to leave."""
        await self._broker.get_stats(v1.GetStatsRequest(app=self._request.app))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._follow, name="figures")
            tasks.start_soon(self._draw, name="screen")
            async with keys_pressed(sys.stdin) as keys:
                async for key in keys:
                    if key in LEAVING:
                        break
            tasks.cancel_scope.cancel()

    async def _follow(self) -> None:
        while True:
            try:
                async for stats in self._figures():
                    self._see(TopView(stats))
            except tuple(AWAY) as error:
                self._see(TopView(self._view.stats, AWAY[type(error)]))
            await anyio.sleep(TRY_AGAIN_SECONDS)

    async def _figures(self) -> AsyncIterator[v1.Stats]:
        async with self._broker.watch_stats(self._request) as responses:
            async for response in responses:
                yield response.stats

    def _see(self, view: TopView) -> None:
        self._view = view
        self._news.set()

    async def _draw(self) -> None:
        with Live(console=self._console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(self._view, refresh=True)
                self._news = anyio.Event()
                with anyio.move_on_after(REDRAW_SECONDS):
                    await self._news.wait()
