"""Meters: what a piece of work cost each process, read before and after it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from redis import Redis

MIB = 1024 * 1024
MICROSECONDS = 1_000_000


@dataclass
class Cost:
    """What a piece of work cost, all together."""

    cpu: dict[str, float] = field(default_factory=dict)
    """CPU seconds of each process, by its role."""
    commands: int = 0
    """Commands that Redis ran, those inside scripts included."""
    scripts: int = 0
    """Scripts that Redis ran."""
    redis_bytes: int = 0
    """By how much Redis grew."""


@contextmanager
def metered(processes: Mapping[str, psutil.Process], redis: Redis) -> Iterator[Cost]:
    """Fill in what the block cost, once it is over.

    Args:
        processes: Those that take part, by role.
        redis: A client of the server that takes part; it is not counted itself.
    """
    cost = Cost()
    cpu = {role: _cpu(process) for role, process in processes.items()}
    commands, scripts, used = _redis_counters(redis)
    yield cost
    cost.cpu = {role: _cpu(one) - cpu[role] for role, one in processes.items()}
    now = _redis_counters(redis)
    # The second reading counts the two commands of the first.
    cost.commands = now[0] - commands - 2
    cost.scripts = now[1] - scripts
    cost.redis_bytes = now[2] - used


def resident(process: psutil.Process) -> float:
    """The memory a process occupies, in MiB."""
    return float(process.memory_info().rss) / MIB


def redis_bytes(redis: Redis) -> int:
    """What the data in Redis takes, with the server's own overhead."""
    return int(redis.info("memory")["used_memory"])


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and of those it started; those of the client are others."""
    own = process.pid == os.getpid()
    started = [] if own else process.children(recursive=True)
    times = [one.cpu_times() for one in (process, *started)]
    return float(sum(one.user + one.system for one in times))


def _redis_counters(redis: Redis) -> tuple[int, int, int]:
    seen = redis.info("stats", "commandstats", "memory")
    scripts = sum(
        seen.get(f"cmdstat_{name}", {}).get("calls", 0)
        for name in ("eval", "evalsha", "fcall")
    )
    return seen["total_commands_processed"], scripts, seen["used_memory"]
