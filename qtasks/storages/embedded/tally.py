"""The figures of every queue, kept up to date move by move."""

from collections.abc import Iterable, Sequence
from copy import copy

from qtasks.core.records import Lane, QueueFigures
from qtasks.core.states import State


class Tally:
    """Counts tasks as they move, so that nothing is ever counted by looking.

    It also knows which lanes have ready tasks, which makes a lease cheap however many
    queues and names there are.
    """

    def __init__(self, figures: Iterable[QueueFigures]) -> None:
        self._queues = {(each.app, each.queue): each for each in figures}
        self._changed: set[tuple[str, str]] = set()

    def queue(self, app: str, queue: str) -> QueueFigures:
        """The figures of a queue, for adding to its totals or pausing it."""
        key = (app, queue)
        self._changed.add(key)
        figures = self._queues.get(key)
        if figures is None:
            figures = self._queues[key] = QueueFigures(app, queue)
        return figures

    def move(self, lane: Lane, was: State | None, state: State | None) -> None:
        """Count a task of a lane that moved; `None` is "not stored"."""
        if was is state:
            return
        figures = self.queue(lane.app, lane.queue)
        if was is not None:
            _count(figures, lane.name, was, -1)
        if state is not None:
            _count(figures, lane.name, state, 1)

    def ready_lanes(
        self,
        app: str,
        queues: Sequence[str],
        names: frozenset[str],
        *,
        paused: bool = False,
    ) -> list[Lane]:
        """The lanes that have ready tasks of these names; of paused queues if wanted."""
        lanes = []
        for queue in dict.fromkeys(queues):
            figures = self._queues.get((app, queue))
            if figures is None or (figures.paused and not paused):
                continue
            lanes += [Lane(app, queue, name) for name in names & figures.backlog.keys()]
        return lanes

    def figures(self, app: str) -> list[QueueFigures]:
        """Copies of the figures of an app's queues, by name."""
        found = [copy(each) for key, each in self._queues.items() if key[0] == app]
        for each in found:
            each.backlog = dict(each.backlog)
        return sorted(found, key=lambda each: each.queue)

    def take_changed(self) -> list[QueueFigures]:
        """The figures that changed since the last call."""
        changed = [self._queues[key] for key in self._changed]
        self._changed.clear()
        return changed


def _count(figures: QueueFigures, name: str, state: State, step: int) -> None:
    if state is State.NEW:
        ready = figures.backlog.get(name, 0) + step
        if ready:
            figures.backlog[name] = ready
        else:
            del figures.backlog[name]
    elif state.waiting:
        figures.scheduled += step
    elif state is State.PROCESS:
        figures.running += step
