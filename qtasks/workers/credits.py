"""Credits: how many tasks to ask for, measured by how fast they are worked off."""

SMOOTHING = 0.3
SHORTEST_SAMPLE = 0.005


class Credits:
    """Room for tasks: the slots, and a little work ahead of them.

    As much is fetched ahead as was worked off in `window` seconds: a worker of short
    tasks never waits for the wire, and one of long tasks hoards nothing.

    Args:
        slots: How many tasks run at once; what changes it calls `restart` then.
        window: Seconds of work to keep ahead.
        most: The most tasks to keep ahead.
    """

    def __init__(self, slots: int, *, window: float, most: int) -> None:
        self.slots = slots
        self._window = window
        self._most = most
        self._rate = 0.0
        self._sampled = 0.0
        self._settled = 0
        self._stalled = False
        self._closed = False
        self.granted = 0
        """Credit the broker has and did not use yet."""

    @property
    def prefetch(self) -> int:
        """How many tasks to keep ahead of the slots."""
        return min(self._most, int(self._rate * self._window))

    def settled(self, count: int, now: float) -> None:
        """Note that tasks were worked off."""
        self._settled += count
        elapsed = now - self._sampled
        if elapsed < SHORTEST_SAMPLE:
            return
        sample = self._settled / elapsed
        # A pause without work says nothing about speed, a burst does.
        if sample > self._rate:
            self._rate = sample
        else:
            self._rate += SMOOTHING * (sample - self._rate)
        self._sampled = now
        self._settled = 0

    def assigned(self, count: int) -> None:
        """Note that the broker used credit."""
        self.granted = max(0, self.granted - count)

    def stall(self) -> None:
        """Note that fetched tasks could not be started: fetch no more ahead."""
        self._rate = 0.0
        self._stalled = True

    def resume(self) -> None:
        """Note that tasks are being started again."""
        self._stalled = False

    def close(self) -> None:
        """Grant nothing more."""
        self._closed = True

    def grant(self, unsettled: int) -> int:
        """Credit to give now, for a worker that has these many tasks."""
        if self._closed or self._stalled:
            return 0
        room = self.slots + self.prefetch - unsettled - self.granted
        if room <= 0:
            return 0
        self.granted += room
        return room

    def restart(self, unsettled: int) -> int:
        """Credit for a new stream: what the old one had is void."""
        self.granted = 0
        return self.grant(unsettled)
