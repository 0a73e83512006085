"""The table of states."""

from qtasks.core.states import ENDED, MOVES, WAITING, State


def test_every_state_is_in_the_table() -> None:
    assert set(MOVES) == {None, *State}


def test_a_task_is_waiting_or_running_or_ended() -> None:
    assert set(State) == {State.PROCESS} | ENDED | WAITING
    assert not ENDED & WAITING


def test_every_state_can_be_reached() -> None:
    assert set().union(*MOVES.values()) == set(State)


def test_only_a_ready_task_starts() -> None:
    assert [was for was, then in MOVES.items() if State.PROCESS in then] == [State.NEW]
