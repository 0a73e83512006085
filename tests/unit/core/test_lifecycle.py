"""The rules of a task's life."""

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.core import lifecycle
from qtasks.core.records import (
    Append,
    ChunkEntry,
    HistoryEntry,
    Lane,
    NewTask,
    Settlement,
    TaskRecord,
    Token,
)
from qtasks.core.states import MOVES, State
from qtasks.core.waiting import Release
from qtasks.errors import IllegalMove

LANE = Lane("app", "queue", "name")
NOW = 1_000.0


def make(**changes) -> TaskRecord:
    return lifecycle.make(NewTask("id", LANE, b"spec", **changes), 1, NOW)


def granted(**changes) -> TaskRecord:
    record = make(**changes)
    lifecycle.grant(record, "session", "worker", NOW)
    return record


def settlement(state: State, delay: float = 0.0) -> Settlement:
    return Settlement(Token("id", 1), state, b"body", delay)


Move = Callable[[TaskRecord, float], ChunkEntry | None]

MOVERS: dict[str, Move] = {
    "grant": lambda record, now: lifecycle.grant(record, "s", "w", now),
    "begin": lambda record, _: lifecycle.begin(record),
    "succeed": lambda record, now: lifecycle.settle(
        record, settlement(State.SUCCESS), now
    ),
    "fail": lambda record, now: lifecycle.settle(record, settlement(State.ERROR), now),
    "retry": lambda record, now: lifecycle.settle(record, settlement(State.RETRY), now),
    "retry later": lambda record, now: lifecycle.settle(
        record, settlement(State.RETRY, 5.0), now
    ),
    "give back": lambda record, now: lifecycle.settle(
        record, settlement(State.NEW), now
    ),
    "lose": lambda record, now: lifecycle.lose(
        record, retry=b"r", failure=b"f", now=now
    ),
    "promote": lambda record, now: lifecycle.promote(record, 7, now),
    "expire": lifecycle.expire,
    "cancel": lambda record, now: lifecycle.cancel(record, "why", now),
    "ask to stop": lambda record, now: lifecycle.ask_to_stop(record, "why", b"c", now),
    "requeue": lambda record, now: lifecycle.requeue(record, 8, now),
    "release": lambda record, now: released(record, Release("id"), now),
    "release later": lambda record, now: released(
        record, Release("id", due=now + 5.0), now
    ),
    "refuse": lambda record, now: released(record, Release("id", refusal="why"), now),
}


def released(record: TaskRecord, decided: Release, now: float) -> None:
    """Release a held task; refuse, as the others do, where it is none."""
    if not lifecycle.release(record, decided, 9, now):
        raise IllegalMove


@given(
    st.lists(st.sampled_from(sorted(MOVERS)), max_size=40),
    st.booleans(),
    st.booleans(),
)
def test_no_sequence_leaves_the_table_of_states(
    names: list[str], scheduled: bool, held: bool
) -> None:
    record = make(delay=5.0 if scheduled else 0.0, held=held)
    events = [*record.history]
    now = NOW
    for name in names:
        now += 1.0
        was, before, history = record.state, record.seq, len(record.history)
        untouched = deepcopy(record)
        try:
            entry = MOVERS[name](record, now)
        except IllegalMove:
            assert record == untouched
            continue
        passed = [was]
        if entry is not None:
            assert entry.seq - entry.count == before
            events.append(entry)
            if name.startswith("retry") or name == "lose":
                passed.append(State.RETRY)
        passed += [each.state for each in record.history[history:]]
        events += record.history[history:]
        if record.state is not passed[-1]:
            passed.append(record.state)
        for earlier, later in pairwise(passed):
            assert later in MOVES[earlier]
        assert (record.session != "") == (record.state is State.PROCESS)
        assert (record.ended > 0.0) == record.state.ended
        assert record.attempt >= 0
        assert record.lease >= record.attempt
    assert [entry.seq for entry in events] == list(range(1, record.seq + 1))


@pytest.mark.parametrize("state", State)
def test_an_illegal_move_is_refused_by_name(state: State) -> None:
    record = make()
    record.state = state
    if State.PROCESS not in MOVES[state]:
        with pytest.raises(IllegalMove, match=str(state)):
            lifecycle.grant(record, "session", "worker", NOW)


def test_a_start_counts_before_a_delay() -> None:
    assert make(start=NOW + 5.0, delay=1.0).due == NOW + 5.0
    assert make(delay=1.0).due == NOW + 1.0
    assert make(start=NOW, delay=1.0).state is State.NEW


def test_a_scheduled_task_gets_its_place_when_it_is_ready() -> None:
    record = make(delay=1.0)
    assert record.order == 0
    lifecycle.promote(record, 7, NOW + 1.0)
    assert record.order == 7
    assert record.due == 0.0


def test_a_task_keeps_its_place_over_a_retry() -> None:
    record = granted()
    lifecycle.settle(record, settlement(State.RETRY, 5.0), NOW)
    lifecycle.promote(record, 7, NOW + 5.0)
    assert record.order == 1


def test_a_token_counts_for_one_grant() -> None:
    record = granted()
    token = Token("id", 1)
    assert lifecycle.is_held(record, token)
    lifecycle.settle(record, settlement(State.NEW), NOW)
    assert not lifecycle.is_held(record, token)
    assert lifecycle.was_settled(record, token)
    lifecycle.grant(record, "session", "worker", NOW)
    assert not lifecycle.is_held(record, token)
    assert not lifecycle.was_settled(record, token)
    assert lifecycle.is_held(record, Token("id", 2))


def test_a_token_counts_for_the_session_of_its_grant() -> None:
    record = granted()
    own, other = Token("id", 1, "session"), Token("id", 1, "another")
    assert lifecycle.is_held(record, own)
    assert not lifecycle.is_held(record, other)
    lifecycle.settle(record, Settlement(own, State.SUCCESS), NOW)
    assert lifecycle.was_settled(record, own)
    assert not lifecycle.was_settled(record, other)
    lifecycle.requeue(record, 2, NOW)
    assert lifecycle.was_settled(record, own)


def test_a_lost_lease_was_not_settled() -> None:
    record = granted()
    lifecycle.lose(record, retry=b"r", failure=b"f", now=NOW)
    assert not lifecycle.was_settled(record, Token("id", 1))


@pytest.mark.parametrize("first", [1, 2, 3])
def test_known_events_change_nothing(first: int) -> None:
    record = granted()
    append = Append(Token("id", 1), 1, 3, b"chunk")
    assert lifecycle.report(record, append, NOW) == ChunkEntry(5, 3, NOW, 1, b"chunk")
    known = Append(Token("id", 1), first, 1, b"chunk")
    assert lifecycle.report(record, known, NOW) is None
    assert (record.seq, record.reported) == (5, 3)


def test_no_events_change_nothing() -> None:
    record = granted()
    untouched = deepcopy(record)
    nothing = Append(Token("id", 1), 1, 0, b"", asks=("a",))
    assert lifecycle.report(record, nothing, NOW) is None
    assert record == untouched


def test_more_questions_than_are_kept_push_out_the_oldest() -> None:
    record = granted()
    names = tuple(str(number) for number in range(2 * lifecycle.MAX_ASKS))
    lifecycle.report(record, Append(Token("id", 1), 1, 1, b"chunk", names), NOW)
    assert tuple(record.asks) == names[lifecycle.MAX_ASKS :]
    lifecycle.answer(record, names[-1], b"yes", b"chunk", NOW)
    lifecycle.report(record, Append(Token("id", 1), 2, 1, b"chunk", ("new",)), NOW)
    assert tuple(record.asks) == (*names[lifecycle.MAX_ASKS : -1], "new")


def test_a_held_task_waits_without_a_time() -> None:
    record = make(held=True, delay=5.0)
    assert (record.state, record.due, record.order) == (State.SCHEDULED, 0.0, 0)


def test_a_released_task_is_ready_with_what_it_was_given() -> None:
    record = make(held=True)
    assert lifecycle.release(record, Release("id", b"inputs", due=NOW), 7, NOW)
    assert (record.state, record.order, record.held) == (State.NEW, 7, False)
    assert (record.inputs, record.due, record.seq) == (b"inputs", 0.0, 2)


def test_a_released_task_may_have_to_wait_for_its_time() -> None:
    record = make(held=True)
    assert lifecycle.release(record, Release("id", b"inputs", due=NOW + 5.0), 7, NOW)
    assert (record.state, record.due, record.held) == (
        State.SCHEDULED,
        NOW + 5.0,
        False,
    )
    assert (record.order, record.seq, record.history[-1].seq) == (0, 2, 2)
    lifecycle.promote(record, 8, NOW + 5.0)
    assert (record.state, record.order) == (State.NEW, 8)


def test_a_held_task_that_is_refused_waits_again_when_requeued() -> None:
    record = make(held=True)
    assert lifecycle.release(record, Release("id", refusal="why"), 7, NOW)
    assert (record.state, record.outcome) == (State.CANCEL, b"why")
    lifecycle.requeue(record, 8, NOW)
    assert (record.state, record.order, record.held) == (State.SCHEDULED, 0, True)


def test_a_task_is_released_once() -> None:
    record = make(held=True)
    lifecycle.release(record, Release("id", b"inputs", due=NOW + 5.0), 7, NOW)
    untouched = deepcopy(record)
    assert not lifecycle.release(record, Release("id", refusal="why"), 8, NOW)
    assert record == untouched
    plain = make(delay=5.0)
    assert not lifecycle.release(plain, Release("id"), 7, NOW)


def test_a_last_loss_is_no_error_for_a_task_asked_to_stop() -> None:
    record = granted(max_losses=1)
    lifecycle.begin(record)
    lifecycle.ask_to_stop(record, "why", b"c", NOW)
    lifecycle.lose(record, retry=b"r", failure=b"f", now=NOW)
    assert (record.state, record.outcome) == (State.CANCEL, b"why")


def test_losses_and_drops_are_counted_apart() -> None:
    record = granted(max_losses=2)
    for _ in range(lifecycle.MAX_DROPS - 1):
        lifecycle.lose(record, retry=b"r", failure=b"f", now=NOW)
        lifecycle.grant(record, "session", "worker", NOW)
    lifecycle.begin(record)
    entry = lifecycle.lose(record, retry=b"r", failure=b"f", now=NOW)
    assert entry is not None
    assert (record.state, record.losses) == (State.NEW, 1)
    lifecycle.grant(record, "session", "worker", NOW)
    lifecycle.begin(record)
    lifecycle.lose(record, retry=b"r", failure=b"f", now=NOW)
    assert (record.state, record.outcome) == (State.ERROR, b"f")


def test_a_reason_is_never_empty() -> None:
    waiting, running = make(), granted()
    lifecycle.cancel(waiting, "", NOW)
    assert waiting.outcome
    assert lifecycle.ask_to_stop(running, "", b"c", NOW) is not None
    assert lifecycle.ask_to_stop(running, "", b"c", NOW) is None


def test_a_running_task_is_not_cancelled_outright() -> None:
    with pytest.raises(IllegalMove):
        lifecycle.cancel(granted(), "why", NOW)


def test_an_attempt_ends_only_as_it_can() -> None:
    for state in (State.PROCESS, State.SCHEDULED):
        with pytest.raises(IllegalMove):
            lifecycle.settle(granted(), settlement(state), NOW)


def test_history_names_the_worker_of_a_grant() -> None:
    assert granted().history[-1] == HistoryEntry(2, NOW, State.PROCESS, 1, "worker")
