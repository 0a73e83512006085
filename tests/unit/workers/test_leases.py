"""What a worker holds, and until when it may trust that."""

from qtasks import v1
from qtasks.core.records import Token
from qtasks.workers.leases import Leases


def assign(task_id="a", lease_id=1):
    lease = v1.Lease(task_id=task_id, lease_id=lease_id)
    return v1.Assign(lease=lease, task=v1.TaskSubmit(id=task_id, name="task"))


def test_leases_are_trusted_until_a_margin_before_their_end():
    leases = Leases()
    assert not leases.trusted(0.0)
    leases.agree(10.0)
    leases.heard(100.0)
    assert leases.trusted(107.9)
    assert not leases.trusted(108.1)


def test_a_settled_lease_is_held_until_that_is_stored():
    leases = Leases()
    token = leases.take(assign())
    leases.settle(token)
    leases.settle(token)
    assert leases.unsettled == 0
    assert [one.lease.task_id for one in leases.to_present()] == ["a"]
    assert leases.drop(token) is not None
    assert leases.drop(token) is None
    assert leases.unsettled == 0


def test_what_does_not_stand_is_dropped():
    leases = Leases()
    leases.take(assign("a", 1))
    leases.take(assign("b", 2))
    lost = leases.drop_others([v1.Lease(task_id="a", lease_id=1)])
    assert lost == [Token("b", 2)]
    assert leases.unsettled == 1


def test_a_lease_is_presented_with_what_it_waits_for():
    leases = Leases()
    token = leases.take(assign())
    leases.held[token].started = True
    leases.held[token].asks.add("q")
    (held,) = leases.to_present()
    assert held.started
    assert list(held.ask_ids) == ["q"]
