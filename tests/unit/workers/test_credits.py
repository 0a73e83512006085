"""How many tasks a worker asks for."""

from hypothesis import given
from hypothesis import strategies as st

from qtasks.workers.credits import Credits


def make(slots=10, window=0.05, most=1000):
    return Credits(slots, window=window, most=most)


def test_at_first_it_asks_for_its_slots():
    credits = make()
    assert credits.grant(0) == 10
    assert credits.grant(0) == 0


def test_fast_tasks_are_fetched_ahead():
    credits = make()
    credits.settled(0, 1.0)
    credits.settled(10_000, 2.0)
    assert credits.prefetch == 500


def test_slow_tasks_are_not():
    credits = make()
    for second in range(1, 20):
        credits.settled(2, float(second))
    assert credits.prefetch == 0


def test_what_is_fetched_ahead_has_a_bound():
    credits = make(most=7)
    credits.settled(0, 1.0)
    credits.settled(100_000, 1.1)
    assert credits.prefetch == 7


def test_after_a_stall_it_asks_for_nothing_until_tasks_start():
    credits = make()
    credits.settled(0, 1.0)
    credits.settled(1000, 1.1)
    credits.stall()
    assert credits.grant(0) == 0
    credits.resume()
    assert credits.grant(0) == 10


def test_a_new_stream_begins_with_new_credit():
    credits = make()
    credits.grant(0)
    credits.assigned(4)
    assert credits.restart(4) == 6


def test_once_closed_it_asks_for_nothing():
    credits = make()
    credits.close()
    assert credits.grant(0) == 0


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.001, 2.0)))
)
def test_the_broker_never_has_more_credit_than_there_is_room(steps):
    credits = make(slots=5, most=20)
    unsettled = 0
    now = 0.0
    for assigned, settled, elapsed in steps:
        now += elapsed
        credits.grant(unsettled)
        assert credits.granted + unsettled <= 5 + 20 or credits.granted == 0
        taken = min(assigned, credits.granted)
        credits.assigned(taken)
        unsettled += taken
        done = min(settled, unsettled)
        unsettled -= done
        credits.settled(done, now)
        assert credits.granted >= 0
