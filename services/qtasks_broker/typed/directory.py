"""Directory: the typed services of all apps, about a second fresh, the same everywhere.

What must not change between brokers, or when one starts again, is in the storage: which
app has which package, and which field has which number. Both only grow, and are swapped
in atomically, so that two brokers that make the same services agree.
"""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread

from qtasks.abc.storage import Storage
from qtasks.engine.registry import FRESH, Registry
from qtasks.errors import StorageUnavailable, TaskNotRegistered
from qtasks.typed import Allocation
from qtasks.typed.naming import alternatives, package_part
from qtasks_broker.typed.made import MadeApp, unknown

logger = logging.getLogger(__name__)

PACKAGES = "typed"
"""The space of the storage that says which app has which package."""
ALLOCATION = "allocation"
"""The value in an app's own space that says which field has which number."""


class _Fresh:
    """When something was read last."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._version = -1
        self._read = float("-inf")
        self._reading = anyio.Lock()

    def __call__(self) -> bool:
        """Whether it need not be read again."""
        return (
            self._version == self._registry.version
            and time.monotonic() - self._read <= FRESH
        )

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[bool]:
        """Read it; the others wait. False: one of those that were waited for has."""
        async with self._reading:
            if self():
                yield False
                return
            version, now = self._registry.version, time.monotonic()
            yield True
            self._version, self._read = version, now


class _Known:
    """What is known of an app."""

    def __init__(self, fresh: _Fresh) -> None:
        self.fresh = fresh
        self.encoded: Mapping[str, bytes] = {}
        self.made: MadeApp | None = None


class Directory:
    """The typed services of all apps.

    Args:
        registry: Which tasks are registered.
        storage: Where packages and numbers are kept.
    """

    def __init__(self, registry: Registry, storage: Storage) -> None:
        self._registry = registry
        self._storage = storage
        self._fresh = _Fresh(registry)
        self._packages: dict[str, str] = {}
        self._apps: dict[str, _Known] = {}

    async def app_of(self, part: str) -> MadeApp:
        """The app whose package begins with this; raises `TaskNotRegistered`."""
        await self._refresh_packages()
        app = self._packages.get(part)
        made = None if app is None else await self._made(app, part)
        if made is None:
            known = [f"{one}.tasks.v1" for one in self._packages]
            raise TaskNotRegistered(unknown(f"{part}.tasks.v1", known))
        return made

    async def all(self) -> list[MadeApp]:
        """Every app, by package, but for one that can't be made."""
        await self._refresh_packages()
        found = []
        for part, app in self._packages.items():
            try:
                found.append(await self._made(app, part))
            except StorageUnavailable:
                raise
            except Exception:
                # What one app registered must not hide the others.
                logger.exception("typed services can't be made", extra={"app": app})
        return [one for one in found if one is not None]

    async def _refresh_packages(self) -> None:
        if self._fresh():
            return
        async with self._fresh.renewed() as must:
            if not must:
                return
            apps = await self._registry.apps()
            claimed = await self._storage.fetch(PACKAGES)
            packages = {part: app.decode() for part, app in claimed.items()}
            for app in sorted(set(apps) - set(packages.values())):
                packages[await self._claim(app)] = app
            self._packages = dict(sorted(packages.items()))

    async def _claim(self, app: str) -> str:
        """Give an app a package for good: one of its own when another has its name."""
        for part in alternatives(package_part(app), app):
            if await self._storage.swap(PACKAGES, part, None, app.encode()):
                return part
            if (await self._storage.fetch(PACKAGES)).get(part) == app.encode():
                return part
        raise AssertionError(app)

    async def _made(self, app: str, part: str) -> MadeApp | None:
        known = self._apps.get(app)
        if known is None:
            known = self._apps[app] = _Known(_Fresh(self._registry))
        if not known.fresh():
            async with known.fresh.renewed() as must:
                encoded = await self._registry.encoded(app) if must else known.encoded
                if encoded != known.encoded:
                    known.made = await self._make(app, part, encoded)
                    known.encoded = encoded
        return known.made

    async def _make(self, app: str, part: str, encoded: Mapping[str, bytes]) -> MadeApp:
        """Make the services of an app, and keep the numbers they got."""
        space = f"{PACKAGES}:{app}"
        while True:
            before = (await self._storage.fetch(space)).get(ALLOCATION)
            allocation = Allocation() if before is None else Allocation.decode(before)
            made = await anyio.to_thread.run_sync(
                MadeApp, app, part, encoded, allocation
            )
            after = allocation.encode().encode()
            if after == before or await self._storage.swap(
                space, ALLOCATION, before, after
            ):
                _tell_refused(made)
                return made


def _tell_refused(made: MadeApp) -> None:
    for task, why in made.typed.refused.items():
        facts = {"app": made.typed.app, "task": task, "why": why}
        logger.warning("task has no typed calls", extra=facts)
