"""Held tasks: whom they follow, whose turn it is, and what becomes of them."""

from collections.abc import Sequence

from qtasks.core import lifecycle
from qtasks.core.records import Change
from qtasks.core.states import State
from qtasks.core.waiting import Follower, Following, Release
from qtasks.storages.embedded.ledger import Ledger


def pending(ledger: Ledger, limit: int) -> list[Follower]:
    """Held tasks whose turn has come; see `Storage.pending`."""
    return ledger.tables.pending(ledger.now, limit)


def follow(ledger: Ledger, batch: Sequence[Following]) -> list[bool]:
    """Let held tasks wait for others; see `Storage.follow`."""
    return [_follow(ledger, following) for following in batch]


def _follow(ledger: Ledger, following: Following) -> bool:
    parent = ledger.tables.load(following.parent)
    if parent is None or parent.state.ended:
        return False
    ledger.tables.follow(following)
    return True


def dismiss(ledger: Ledger, batch: Sequence[Follower]) -> None:
    """Forget turns that were taken; see `Storage.dismiss`."""
    for follower in batch:
        ledger.tables.dismiss(follower)


def release(ledger: Ledger, batch: Sequence[Release]) -> list[Change | None]:
    """Let held tasks run, or cancel them; see `Storage.release`."""
    return [_release(ledger, decided) for decided in batch]


def _release(ledger: Ledger, decided: Release) -> Change | None:
    record = ledger.tables.load(decided.id, spec=True)
    if record is None:
        return None
    order = ledger.next_order()
    if not lifecycle.release(record, decided, order, ledger.now):
        return None
    if record.inputs:
        ledger.tables.keep_inputs(record)
    change = ledger.save(record, State.SCHEDULED)
    if record.state.ended:
        ledger.count_end(record)
    return change
