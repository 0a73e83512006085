"""Services: what the tasks of an app are as calls; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass

from qtasks.typed.shapes import Enum, Message


@dataclass(frozen=True, kw_only=True)
class TypedTask:
    """A task as two calls: one that waits for its end, and one that follows it."""

    name: str
    """The task's."""
    description: str
    service: str
    method: str
    """The call that waits for the end."""
    stream_method: str
    """The call that follows it."""
    request: Message
    """Takes its arguments; the fields' keys are the parameters."""
    stream_request: str
    """The name of the same message for the call that follows."""
    kinds: Mapping[str, str]
    """Of the parameters, as in `ParameterInfo.kind`."""
    response: Message
    """Its end, with the field `result` if it has one."""
    stream_response: str
    """The name of the message for what happens."""
    yielded: Message
    """What it yields, with the field `value`; stands inside of `stream_response`."""
    finished: Message
    """Its end, with the field `result` if it has one; stands inside too."""


@dataclass(frozen=True, kw_only=True)
class TypedApp:
    """The services and messages of an app, in one file."""

    app: str
    package: str
    tasks: tuple[TypedTask, ...]
    """By name."""
    messages: Mapping[str, Message]
    """Its models."""
    enums: Mapping[str, Enum]
    refused: Mapping[str, str]
    """The tasks that have no calls, and why."""

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.package.replace('.', '/')}/tasks.proto"
