"""How many tasks a worker asks for."""

from hypothesis import given
from hypothesis import strategies as st

from qtasks.workers.credits import Credits


def make(slots=10, window=0.05, most=1000):
    return Credits(slots, window=window, most=most)


def test_at_first_it_asks_for_its_slots():
    room = make()
    assert room.grant(0) == 10
    assert room.grant(0) == 0


def test_fast_tasks_are_fetched_ahead():
    room = make()
    room.settled(0, 1.0)
    room.settled(10_000, 2.0)
    assert room.prefetch == 500


def test_slow_tasks_are_not():
    room = make()
    for second in range(1, 20):
        room.settled(2, float(second))
    assert room.prefetch == 0


def test_what_is_fetched_ahead_has_a_bound():
    room = make(most=7)
    room.settled(0, 1.0)
    room.settled(100_000, 1.1)
    assert room.prefetch == 7


def test_after_a_stall_it_asks_for_nothing_until_tasks_start():
    room = make()
    room.settled(0, 1.0)
    room.settled(1000, 1.1)
    room.stall()
    assert room.grant(0) == 0
    room.resume()
    assert room.grant(0) == 10


def test_a_new_stream_begins_with_new_credit():
    room = make()
    room.grant(0)
    room.assigned(4)
    assert room.restart(4) == 6


def test_once_closed_it_asks_for_nothing():
    room = make()
    room.close()
    assert room.grant(0) == 0


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.001, 2.0)))
)
def test_the_broker_never_has_more_credit_than_there_is_room(steps):
    room = make(slots=5, most=20)
    unsettled = 0
    now = 0.0
    for assigned, settled, elapsed in steps:
        now += elapsed
        room.grant(unsettled)
        assert room.granted + unsettled <= 5 + 20 or room.granted == 0
        taken = min(assigned, room.granted)
        room.assigned(taken)
        unsettled += taken
        done = min(settled, unsettled)
        unsettled -= done
        room.settled(done, now)
        assert room.granted >= 0
