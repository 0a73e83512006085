"""Signals between handles."""

import anyio
import pytest

from qtasks.core.records import Lane
from qtasks.core.signals import Resync, Touched, Work
from qtasks.storages.embedded import Hub
from qtasks.storages.embedded.hub import MAILBOX_SIZE, Mailbox

pytestmark = pytest.mark.anyio


async def test_nothing_waits_where_nobody_reads() -> None:
    mailbox = Mailbox()
    mailbox.post(Touched("before"))
    with mailbox.reading() as signals:
        mailbox.post(Touched("after"))
        assert await anext(signals) == Touched("after")


async def test_a_task_touched_twice_is_told_once() -> None:
    mailbox = Mailbox()
    with mailbox.reading() as signals:
        for _ in range(3):
            mailbox.post(Touched("id"))
        mailbox.post(Touched("other"))
        assert await anext(signals) == Touched("id")
        mailbox.post(Touched("id"))
        assert await anext(signals) == Touched("other")
        assert await anext(signals) == Touched("id")


async def test_a_reader_too_slow_is_told_to_look_at_everything() -> None:
    mailbox = Mailbox()
    with mailbox.reading() as signals:
        for each in range(MAILBOX_SIZE + 1):
            mailbox.post(Work(Lane("app", "queue", str(each))))
        mailbox.post(Touched("id"))
        assert await anext(signals) == Resync()
        assert await anext(signals) == Touched("id")


async def test_a_waiting_reader_is_woken() -> None:
    mailbox = Mailbox()
    with mailbox.reading() as signals:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anext, signals)
            await anyio.wait_all_tasks_blocked()
            mailbox.post(Touched("id"))


async def test_the_sender_hears_only_what_its_result_does_not_say() -> None:
    hub, sender, other = Hub(), Mailbox(), Mailbox()
    for mailbox in (sender, other):
        hub.join(mailbox)
        hub.watch(mailbox, ["a", "b"])
    with sender.reading() as own, other.reading() as theirs:
        hub.tell(sender, {"a": False, "b": True}, ["b"])
        assert await anext(own) == Touched("b")
        assert [await anext(theirs), await anext(theirs)] == [
            Touched("a"),
            Touched("b"),
        ]


async def test_whoever_leaves_is_forgotten() -> None:
    hub, mailbox = Hub(), Mailbox()
    hub.join(mailbox)
    hub.watch(mailbox, ["a"])
    hub.leave(mailbox)
    assert not hub._watchers
    assert not hub._mailboxes
