"""Reconnection: how long to wait before the next attempt to reach a broker."""

import random

from qtasks.errors import BrokerDraining, BrokerUnavailable, StorageUnavailable

GONE = (BrokerUnavailable, BrokerDraining, StorageUnavailable)
"""Errors that may be over when the call is made again."""


class Reconnection:
    """Waits that grow with every failure, with jitter, and start afresh on success."""

    def __init__(self, *, initial: float = 0.05, most: float = 5.0) -> None:
        self._initial = initial
        self._most = most
        self.failures = 0

    def succeeded(self) -> None:
        """Start afresh."""
        self.failures = 0

    def delay(self) -> float:
        """Seconds to wait now, after one more failure."""
        wait = min(self._most, self._initial * 2.0 ** min(self.failures, 30))
        self.failures += 1
        # Full jitter down to a half, so that a fleet does not come back at once.
        return wait * (0.5 + random.random() / 2)  # noqa: S311
