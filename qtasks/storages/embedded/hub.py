"""Signals between the handles of one storage: who watches what, and the post."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import anyio

from qtasks.core.signals import Pending, Resync, Signal, Touched

MAILBOX_SIZE = 10_000
"""Signals that may wait for a slow reader; then it is told to look at everything."""


class Mailbox:
    """The signals that wait for one handle, each `Touched` once."""

    def __init__(self) -> None:
        self._signals: deque[Signal] = deque()
        self._touched: set[str] = set()
        self._arrived = anyio.Event()
        self._reading = False

    def post(self, signal: Signal) -> None:
        """Leave a signal, if anybody reads here."""
        if not self._reading:
            return
        if isinstance(signal, Touched):
            if signal.id in self._touched:
                return
            self._touched.add(signal.id)
        if len(self._signals) >= MAILBOX_SIZE:
            self._clear()
            signal = Resync()
        self._signals.append(signal)
        self._arrived.set()

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Take signals from now on."""
        self._reading = True
        try:
            yield self
        finally:
            self._reading = False
            self._clear()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Signal:
        while not self._signals:
            self._arrived = anyio.Event()
            await self._arrived.wait()
        signal = self._signals.popleft()
        if isinstance(signal, Touched):
            self._touched.discard(signal.id)
        return signal

    def _clear(self) -> None:
        self._signals.clear()
        self._touched.clear()


class Hub:
    """Knows the mailboxes of all handles, and what each of them watches."""

    def __init__(self) -> None:
        self._mailboxes: set[Mailbox] = set()
        self._watchers: defaultdict[str, set[Mailbox]] = defaultdict(set)

    def join(self, mailbox: Mailbox) -> None:
        """Take part."""
        self._mailboxes.add(mailbox)

    def leave(self, mailbox: Mailbox) -> None:
        """Take part no more, and watch nothing."""
        self._mailboxes.discard(mailbox)
        watched = [id_ for id_, all_ in self._watchers.items() if mailbox in all_]
        self.unwatch(mailbox, watched)

    def watch(self, mailbox: Mailbox, ids: Iterable[str]) -> None:
        """Tell this mailbox about tasks."""
        for task_id in ids:
            self._watchers[task_id].add(mailbox)

    def unwatch(self, mailbox: Mailbox, ids: Iterable[str]) -> None:
        """Tell this mailbox no more about tasks."""
        for task_id in ids:
            watchers = self._watchers.get(task_id)
            if watchers is not None:
                watchers.discard(mailbox)
                if not watchers:
                    del self._watchers[task_id]

    def publish(self, sender: Mailbox, signal: Signal) -> None:
        """Post a signal to everybody else."""
        for mailbox in self._mailboxes - {sender}:
            mailbox.post(signal)

    def tell(
        self,
        sender: Mailbox,
        touched: Mapping[str, bool],
        unseen: Iterable[str],
        turned: bool = False,  # noqa: FBT001, FBT002 - as `Ledger.finish` says it
    ) -> None:
        """Tell watchers what an operation touched.

        The sender hears only of what is `unseen`, and whether the turn of held tasks
        has come. Tasks that ended are watched no more.
        """
        if turned:
            sender.post(Pending())
        if not self._watchers:
            return
        self._speak_up(sender, unseen)
        for task_id, ended in touched.items():
            watchers = self._watchers.get(task_id)
            if watchers is None:
                continue
            for mailbox in watchers - {sender}:
                mailbox.post(Touched(task_id))
            if ended:
                del self._watchers[task_id]

    def _speak_up(self, sender: Mailbox, unseen: Iterable[str]) -> None:
        for task_id in unseen:
            if sender in self._watchers.get(task_id, ()):
                sender.post(Touched(task_id))
