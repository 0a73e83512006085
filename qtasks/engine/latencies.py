"""Latencies: how long things took, in buckets a fifth wide."""

import math
from collections.abc import Iterable, Mapping

PER_OCTAVE = 4
"""Buckets each time a length doubles: each is 19 % wide."""

UNIT = 1e-6
"""The shortest length told apart, in seconds."""

Buckets = dict[int, int]
"""How many lengths fell into each bucket that any fell into."""


def bucket_of(seconds: float) -> int:
    """The bucket of a length; at most about 200 there are."""
    return int(math.log2(seconds / UNIT) * PER_OCTAVE) if seconds > UNIT else 0


def add_all(into: Buckets, buckets: Mapping[int, int]) -> None:
    """Count what was counted elsewhere."""
    for bucket, count in buckets.items():
        into[bucket] = into.get(bucket, 0) + count


def shares(buckets: Mapping[int, int], wanted: Iterable[float]) -> list[float]:
    """The lengths in seconds below which these shares are, in rising order.

    The middle of its bucket stands for each; 0 where nothing was counted.
    """
    total = sum(buckets.values())
    rising = iter(sorted(buckets.items()))
    lengths: list[float] = []
    seen = 0
    length = 0.0
    for share in wanted:
        while seen < math.ceil(share * total):
            bucket, count = next(rising)
            seen += count
            length = UNIT * 2 ** ((bucket + 0.5) / PER_OCTAVE)
        lengths.append(length)
    return lengths
