"""The plan of a flow: its tasks in an order in which each comes after those it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qtasks.client.ids import canonical_id, new_task_id
from qtasks.errors import InvalidField
from qtasks.task import After, TaskCall

OnFailure = Literal["cancel", "run"]


@dataclass(frozen=True, slots=True)
class Ends:
    """The tasks whose ends are the end of a part of a flow."""

    ids: tuple[str, ...] = ()
    many: bool = False
    """Whether what comes next gets a list of their results."""


@dataclass(slots=True)
class Plan:
    """The tasks of a flow, in an order in which each comes after those it needs.

    Args:
        label: The group all of them are labelled with.
    """

    label: str
    calls: list[TaskCall[Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def add_call(self, call: TaskCall[Any], after: Ends, on_failure: OnFailure) -> Ends:
        """Add a task that waits for `after`.

        Raises:
            InvalidField: the task has an option that its place in a flow decides.
        """
        if call.options.after is not None:
            raise InvalidField(
                f"in a flow, its place says what {call.task_name!r} waits for; leave "
                "`after` out",
                field="after",
            )
        if call.options.idempotency_key is not None:
            # The task it stands for may be another one than the rest waits for.
            raise InvalidField(
                f"{call.task_name!r} can't have an idempotency key in a flow; give "
                "ids (`task_uuid`) to submit the same flow again",
                field="idempotency_key",
            )
        given = call.options.task_uuid
        task_id = canonical_id(given) if given else new_task_id()
        options: dict[str, Any] = {"task_uuid": task_id}
        if call.options.group is None:
            options["group"] = self.label
        if after.ids:
            results: Literal["each", "list"] = "list" if after.many else "each"
            options["after"] = After(after.ids, results, on_failure)
        self.calls.append(call.with_options(**options))
        self.ids.append(task_id)
        return Ends((task_id,))


def refuse_empty(parts: Sequence[object], kind: str) -> None:
    """Raise `InvalidField` for a flow of nothing."""
    if not parts:
        raise InvalidField(f"a {kind} needs at least one task", field=kind)
