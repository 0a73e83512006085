"""What a flow is made of, before it is submitted."""

import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks import flow
from qtasks.asyncio import QueueTasks
from qtasks.errors import InvalidField, OutOfRange, WrongColour
from qtasks.flow import AsyncFlow, Flow, SyncFlow, chain, chord, group
from qtasks.task import TaskCall

app = QueueTasks("plans", "memory://")


@app.task
async def step(*args: object) -> object:
    return args


def needs(whole: Flow) -> list[tuple[object, list[object], str]]:
    """The tasks by their first argument: what each waits for, and how it is given."""
    plan, _ = whole.plan("label")
    names = {
        task_id: call.args[0]
        for task_id, call in zip(plan.ids, plan.calls, strict=True)
    }
    found = []
    for call in plan.calls:
        after = call.options.after
        waits = [names[task_id] for task_id in after.tasks] if after else []
        found.append((call.args[0], waits, after.results if after else ""))
    return found


def ends(whole: Flow) -> list[object]:
    plan, end = whole.plan("label")
    names = dict(zip(plan.ids, (call.args[0] for call in plan.calls), strict=True))
    return [names[task_id] for task_id in end.ids]


def test_a_chain_waits_for_the_one_before() -> None:
    made = chain(step("a"), step("b"), step("c"))
    assert needs(made) == [("a", [], ""), ("b", ["a"], "each"), ("c", ["b"], "each")]
    assert ends(made) == ["c"]


def test_a_group_waits_for_nothing() -> None:
    made = group(step(name) for name in "abc")
    assert needs(made) == [(name, [], "") for name in "abc"]
    assert ends(made) == ["a", "b", "c"]


def test_a_chord_gets_a_list() -> None:
    made = chord([step("a"), step("b")], step("sum"))
    assert needs(made)[-1] == ("sum", ["a", "b"], "list")
    assert ends(made) == ["sum"]


def test_flows_nest() -> None:
    made = chain(
        step("load"),
        group(chain(step("a1"), step("a2")), step("b")),
        group(step("x"), step("y")),
        step("end"),
    )
    assert needs(made) == [
        ("load", [], ""),
        ("a1", ["load"], "each"),
        ("a2", ["a1"], "each"),
        ("b", ["load"], "each"),
        ("x", ["a2", "b"], "list"),
        ("y", ["a2", "b"], "list"),
        ("end", ["x", "y"], "list"),
    ]


def test_a_failure_policy_is_that_of_the_part_that_waits() -> None:
    inner = chain(step("b"), step("c"))
    plan, _ = chain(step("a"), inner, step("d"), on_failure="run").plan()
    policies = [call.options.after.on_failure for call in plan.calls[1:]]
    assert policies == ["run", "cancel", "run"]


def test_tasks_of_a_flow_share_a_label() -> None:
    call = step.options(group="mine")("b")
    plan, _ = chain(step("a"), call, step("c")).plan("label")
    groups = [call.options.group for call in plan.calls]
    assert groups == ["label", "mine", "label"]


def test_options_of_calls_are_kept() -> None:
    call = step.options(priority=-5, queue="slow")("a")
    plan, _ = chain(call, step("b")).plan()
    assert plan.calls[0].options.priority == -5
    assert plan.calls[0].options.queue == "slow"


def test_items_are_put_into_chunks() -> None:
    made = flow.map(step, range(7), chunk=3)
    assert [call.args for call in made.parts if isinstance(call, TaskCall)] == [
        ([0], [1], [2]),
        ([3], [4], [5]),
        ([6],),
    ]
    assert all(isinstance(call, TaskCall) and call.each for call in made.parts)


def test_starmap_spreads_arguments() -> None:
    made = flow.starmap(step, [(1, 2), (3, 4)])
    assert [call.args for call in made.parts if isinstance(call, TaskCall)] == [
        (1, 2),
        (3, 4),
    ]


@pytest.mark.parametrize("make", [chain, group, lambda: flow.map(step, [])])
def test_a_flow_of_nothing_is_refused(make) -> None:
    with pytest.raises(InvalidField, match="at least one task"):
        make()


def test_a_chunk_is_of_something() -> None:
    with pytest.raises(OutOfRange, match="at least 1"):
        flow.map(step, [1], chunk=0)


@pytest.mark.parametrize("option", ["after", "idempotency_key"])
def test_what_the_place_decides_can_not_be_an_option(option: str) -> None:
    call = step.options(**{option: "0190d4a4-0000-7000-8000-000000000000"})("a")
    with pytest.raises(InvalidField) as refused:
        chain(call, step("b")).plan()
    assert refused.value.field == option


def test_what_is_no_call_is_refused() -> None:
    with pytest.raises(InvalidField, match="made of calls"):
        chain(step("a"), TaskCall("b"))
    with pytest.raises(InvalidField, match="made of calls"):
        group([step])


def test_two_apps_are_refused() -> None:
    other = QueueTasks("others", "memory://")

    @other.task
    async def away() -> None: ...

    with pytest.raises(InvalidField, match="of one app"):
        chain(step("a"), away()).client()


def test_colours_do_not_mix() -> None:
    blocking = SyncQueueTasks("blocking", "memory://")

    @blocking.task
    def plain() -> None: ...

    assert isinstance(chain(plain(), plain()), SyncFlow)
    assert isinstance(chain(step("a")), AsyncFlow)
    with pytest.raises(WrongColour):
        chain(step("a"), plain())
