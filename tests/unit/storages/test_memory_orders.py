"""The orders of the memory storage."""

from hypothesis import given
from hypothesis import strategies as st

from qtasks.storages.memory.orders import Agenda, Shelf


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=500))
def test_an_agenda_gives_the_living_in_order(moves: list[tuple[int, bool]]) -> None:
    living: set[tuple[int]] = set()
    agenda = Agenda[tuple[int]](living.__contains__)
    for number, comes in moves:
        entry = (number,)
        if comes and entry not in living:
            living.add(entry)
            agenda.push(entry)
        elif not comes and entry in living:
            living.remove(entry)
            agenda.bury()
        assert agenda.first() == min(living, default=None)
        assert len(agenda) == len(living)
        assert (
            list(agenda.until(25.0, 3)) == sorted(e for e in living if e[0] <= 25)[:3]
        )
        assert set(agenda.living()) == living
        smaller = sum(entry[0] < 25 for entry in living)
        assert agenda.before((25,), 500) == smaller
        assert agenda.before((25,), 3) == min(smaller, 3)


def test_the_dead_do_not_pile_up() -> None:
    living: set[tuple[int]] = set()
    agenda = Agenda[tuple[int]](living.__contains__)
    for number in range(10_000):
        living.add((number,))
        agenda.push((number,))
        if number % 10:
            living.remove((number,))
            agenda.bury()
    assert len(agenda._entries) < 3_000


@given(st.lists(st.integers(0, 299), unique=True), st.integers(0, 300))
def test_a_shelf_gives_the_newest_first(removed: list[int], before: int) -> None:
    shelf = Shelf()
    for number in range(300):
        shelf.put(number, str(number))
    for number in removed:
        shelf.remove(number)
    kept = sorted(set(range(300)) - set(removed), reverse=True)
    assert len(shelf) == len(kept)
    assert [number for number, _ in shelf.newest(None)] == kept
    found = list(shelf.newest(before))
    assert found == [(each, str(each)) for each in kept if each < before]
