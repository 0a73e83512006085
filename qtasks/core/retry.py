"""When a failed attempt is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryRule:
    """How often, and after what wait, a failed task is tried again."""

    max_attempts: int = 1
    """How many attempts there may be, the first included; 0 counts as 1."""
    initial_backoff: float = 1.0
    """Seconds before the second attempt."""
    multiplier: float = 2.0
    """The factor from one wait to the next."""
    max_backoff: float = 3600.0
    """The longest wait in seconds, before jitter."""
    jitter: float = 0.1
    """A share of the wait, 0 to 1, by which it is made longer or shorter."""

    def delay(self, attempt: int, random: float) -> float | None:
        """Seconds to wait after a failed attempt.

        Args:
            attempt: The attempt that failed, from 1.
            random: A number from 0 to 1 that decides the jitter; 0.5 means none.

        Returns:
            The wait, or `None` when there is no further attempt.
        """
        if attempt >= self.max_attempts:
            return None
        spread = 1.0 + self.jitter * (2.0 * random - 1.0)
        return self._backoff(attempt) * spread

    def _backoff(self, attempt: int) -> float:
        if self.initial_backoff <= 0.0:
            return 0.0
        try:
            backoff = self.initial_backoff * self.multiplier ** (attempt - 1)
        except OverflowError:  # hundreds of doublings: far beyond any limit
            return self.max_backoff
        return min(backoff, self.max_backoff)
