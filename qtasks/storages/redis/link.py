"""The way to Redis: runs scripts, bounded in time, with every failure named.

A script that began is never abandoned half way: it runs shielded from the caller's
cancellation, on a connection of its own, for a bounded time. Scripts whose repetition
does no harm are tried again for a moment when the connection breaks; the others fail at
once, for their first run may have happened.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import anyio
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterError,
    ConnectionError,  # noqa: A004 - redis-py's own
    InvalidResponse,
    MasterDownError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - redis-py's own
)

from qtasks.errors import StorageUnavailable
from qtasks.storages.redis.address import MAX_CONNECTIONS, Address
from qtasks.storages.redis.codec import Arg
from qtasks.storages.redis.keys import HOME, Layout
from qtasks.storages.redis.scripts import Script

MAX_ITEMS = 512
"""In one script call: Redis serves nobody else while a script runs."""

MAX_BYTES = 16 * 1024 * 1024
"""In one script call, about."""

CALL_SECONDS = 8.0
"""The longest a call may take, with all its tries."""

PAUSES = (0.05, 0.15, 0.4)
"""Seconds between tries."""

_DOWN = (
    BusyLoadingError,
    ClusterError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
)
_DOWN_CODES = ("BUSY", "MISCONF", "NOREPLICAS", "UNBLOCKED")
"""How a server says that it can't serve now, and may later: errors that redis-py has
classes for, and codes of others."""

_NOT_ALLOWED = (AuthenticationError, NoPermissionError)
_NOT_ALLOWED_CODES = ("NOAUTH", "NOPERM", "WRONGPASS", "DENIED")

K = TypeVar("K")
V = TypeVar("V")

Item = tuple[str, tuple[Arg, ...]]
"""What a script does for one task: the id that finds its partition, and arguments."""


class Link:
    """Runs scripts in the partitions of one installation."""

    def __init__(self, address: Address, layout: Layout, number: int) -> None:
        self.address = address
        self.layout = layout
        self.number = number
        """Of this broker, among all that share the keys."""
        self.clock_shift = 0.0
        self.client = address.client()
        self._limiter = anyio.CapacityLimiter(MAX_CONNECTIONS)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.address.close(self.client)

    async def run(self, script: Script, partition: int, *args: Arg) -> Any:
        """Run a script in a partition; raises `StorageUnavailable`."""
        base = self.layout.base(partition)
        settled = (repr(self.clock_shift), self.number, self.layout.channels)
        tries = len(PAUSES) if script.repeatable else 0
        return await self._bounded(
            lambda: self._evaluate(script, base, settled + args), tries
        )

    async def command(self, *args: Arg) -> Any:
        """Run one command that may be repeated; raises `StorageUnavailable`."""
        return await self._bounded(lambda: self._execute(*args), len(PAUSES))

    async def everywhere(self, script: Script, *args: Arg) -> list[Any]:
        """Run a script in every partition at once."""
        return await together(
            lambda partition: self.run(script, partition, *args),
            range(self.layout.partitions),
        )

    async def spread(
        self, script: Script, items: Sequence[Item], shared: tuple[Arg, ...] = ()
    ) -> list[Any]:
        """Run a script over items, each in its partition; one answer for each."""
        result: list[Any] = [None] * len(items)

        async def run(part: tuple[int, list[list[int]]]) -> None:
            """Run one batch of a partition after the other: their order counts."""
            partition, batches = part
            for batch in batches:
                args = [arg for n in batch for arg in items[n][1]]
                answers = await self.run(script, partition, *shared, *args)
                for n, answer in zip(batch, answers, strict=True):
                    result[n] = answer

        await together(run, list(_batches(self.layout, items)))
        return result

    async def home(self, script: Script, *args: Arg) -> Any:
        """Run a script in the home slot."""
        return await self.run(script, HOME, *args)

    async def reserve(self, count: int) -> Sequence[int]:
        """The next places in the order; 0 (the script takes them) where it can."""
        if self.layout.partitions == 1 or not count:
            return [0] * count
        last = int(await self.command("INCRBY", self.layout.home + "order", count))
        return range(last - count + 1, last + 1)

    @contextmanager
    def failures_named(self) -> Iterator[None]:
        """Turn the ways Redis fails into `StorageUnavailable`."""
        try:
            yield
        except (RedisError, OSError, TimeoutError) as error:
            message = self._explain(error)
            if message is None:
                raise
            raise StorageUnavailable(message, storage=self.address.label) from error

    # -- below ------------------------------------------------------------------

    async def _evaluate(self, script: Script, base: str, args: tuple[Arg, ...]) -> Any:
        try:
            return await self._execute("EVALSHA", script.sha, 1, base, *args)
        except NoScriptError:
            return await self._execute("EVAL", script.text, 1, base, *args)

    async def _execute(self, *args: Arg) -> Any:
        return await self.client.execute_command(*args)

    async def _bounded(self, call: Callable[[], Awaitable[Any]], tries: int) -> Any:
        try:
            self._limiter.acquire_nowait()  # no turn of the loop when there is room
        except anyio.WouldBlock:
            await self._limiter.acquire()
        deadline = anyio.current_time() + CALL_SECONDS
        try:
            with self.failures_named():
                with anyio.CancelScope(deadline=deadline, shield=True):
                    return await _persist(call, tries)
                raise TimeoutError("no answer in time")
        finally:
            self._limiter.release()

    def _explain(self, error: Exception) -> str | None:
        """What a person should do; `None` for an error of our own making."""
        where, text = self.address.label, str(error)
        if isinstance(error, _NOT_ALLOWED) or _says(text, _NOT_ALLOWED_CODES):
            return (
                f"Redis at {where} refused the login: put user and password into the "
                "storage URL, and allow scripts and channels to the user"
            )
        if isinstance(error, ResponseError) and "WRONGTYPE" in text:
            return (
                f"keys in Redis at {where} belong to another program: choose another "
                "prefix or database"
            )
        if isinstance(error, InvalidResponse) or "unknown command" in text:
            return f"what answers at {where} is not the Redis we need (6.2 or newer)"
        down = isinstance(error, _DOWN) or _says(text, _DOWN_CODES)
        if isinstance(error, ResponseError) and not down:
            return None
        return f"Redis at {where} can't be reached or can't serve now: {text}"


async def together(call: Callable[[K], Awaitable[V]], subjects: Sequence[K]) -> list[V]:
    """Make a call for each subject, all at once; the first failure is everybody's."""
    if len(subjects) < 2:  # noqa: PLR2004  # a group costs turns of the loop
        return [await call(subject) for subject in subjects]
    results: dict[int, V] = {}
    failures: list[Exception] = []

    async def run(index: int) -> None:
        try:
            results[index] = await call(subjects[index])
        except Exception as error:  # noqa: BLE001 - raised below, not in a group
            failures.append(error)

    async with anyio.create_task_group() as group:
        for index in range(len(subjects)):
            group.start_soon(run, index)
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(subjects))]


async def _persist(call: Callable[[], Awaitable[Any]], tries: int) -> Any:
    """Call again after a broken connection, as often as is allowed."""
    for pause in PAUSES[:tries]:
        try:
            return await call()
        except AuthenticationError:
            raise
        except (ConnectionError, RedisClusterException):
            await anyio.sleep(pause)
    return await call()


def _says(text: str, words: Sequence[str]) -> bool:
    """Whether an error begins with a code, or quotes one from inside a script."""
    return text.startswith(tuple(words)) or any(f"-{word} " in text for word in words)


def _batches(
    layout: Layout, items: Sequence[Item]
) -> Iterator[tuple[int, list[list[int]]]]:
    """The items of each partition, by index, in batches of a bounded size."""
    by_partition: defaultdict[int, list[int]] = defaultdict(list)
    for index, (id_, _) in enumerate(items):
        by_partition[layout.partition(id_)].append(index)
    for partition, indexes in by_partition.items():
        yield partition, _cut(items, indexes)


def _cut(items: Sequence[Item], indexes: list[int]) -> list[list[int]]:
    batches: list[list[int]] = []
    room = 0
    for index in indexes:
        size = 0
        for arg in items[index][1]:
            if isinstance(arg, (str, bytes)):
                size += len(arg)
        if not batches or len(batches[-1]) == MAX_ITEMS or size > room:
            batches.append([])
            room = MAX_BYTES
        batches[-1].append(index)
        room -= size
    return batches
