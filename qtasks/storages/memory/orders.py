"""The orders that rows are found in: by priority, by time, by age."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

Entry = TypeVar("Entry", bound=tuple[object, ...])

_SLACK = 64
"""Dead entries that are never worth a clean-up."""


class Agenda(Generic[Entry]):
    """A heap whose entries die in place: a row that moves on is not searched for.

    Dead entries are dropped when they come to the top, and all of them once they are
    the greater part.
    """

    __slots__ = ("_alive", "_dead", "_entries")

    def __init__(self, alive: Callable[[Entry], bool]) -> None:
        self._entries: list[Entry] = []
        self._alive = alive
        self._dead = 0

    def __len__(self) -> int:
        return len(self._entries) - self._dead

    def push(self, entry: Entry) -> None:
        """Add an entry."""
        heappush(self._entries, entry)

    def bury(self) -> None:
        """Take note that an entry has died."""
        self._dead += 1
        if self._dead > _SLACK and self._dead > len(self._entries) // 2:
            # A set, because a row that came back to its old place is here twice.
            self._entries = list(set(filter(self._alive, self._entries)))
            self._dead = 0
            heapify(self._entries)

    def first(self) -> Entry | None:
        """The smallest living entry."""
        while self._entries and not self._alive(self._entries[0]):
            heappop(self._entries)
            self._dead -= 1
        return self._entries[0] if self._entries else None

    def until(self, moment: float, limit: int) -> Iterator[Entry]:
        """Entries that begin with a time no later than a moment; the smallest first.

        They stay. Cost is in the number found, not in the number kept.
        """
        taken: list[Entry] = []
        while len(taken) < limit:
            entry = self.first()
            if entry is None or entry[0] > moment:  # type: ignore[operator]
                break
            heappop(self._entries)
            taken.append(entry)
        for entry in taken:
            heappush(self._entries, entry)
        return iter(dict.fromkeys(taken))

    def before(self, entry: Entry, limit: int) -> int:
        """How many living entries are smaller, counted to a limit.

        Cost is in the number found, and in those of them that died.
        """
        found: set[Entry] = set()
        places = [0]
        while places and len(found) < limit:
            place = places.pop()
            if place < len(self._entries) and self._entries[place] < entry:
                if self._alive(self._entries[place]):
                    found.add(self._entries[place])
                places += (2 * place + 1, 2 * place + 2)
        return len(found)

    def living(self) -> Iterator[Entry]:
        """All living entries, in no order, each once."""
        return iter(set(filter(self._alive, self._entries)))


class Shelf:
    """Ids by the number they were put here with; numbers only grow."""

    __slots__ = ("_dead", "_ids", "_numbers")

    def __init__(self) -> None:
        self._numbers = array("q")
        self._ids: list[str | None] = []
        self._dead = 0

    def __len__(self) -> int:
        return len(self._ids) - self._dead

    def put(self, number: int, id_: str) -> None:
        """Add an id at the end."""
        self._numbers.append(number)
        self._ids.append(id_)

    def remove(self, number: int) -> None:
        """Take out the id with a number."""
        self._ids[bisect_left(self._numbers, number)] = None
        self._dead += 1
        if self._dead > _SLACK and self._dead > len(self._ids) // 2:
            kept = [
                (number, id_)
                for number, id_ in zip(self._numbers, self._ids, strict=True)
                if id_ is not None
            ]
            self._numbers = array("q", (number for number, _ in kept))
            self._ids = [id_ for _, id_ in kept]
            self._dead = 0

    def newest(self, before: int | None) -> Iterator[tuple[int, str]]:
        """Numbers and ids from the end, those below `before`."""
        numbers = self._numbers
        end = len(numbers) if before is None else bisect_left(numbers, before)
        for index in range(end - 1, -1, -1):
            id_ = self._ids[index]
            if id_ is not None:
                yield numbers[index], id_
