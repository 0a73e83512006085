"""Shapes: what values look like in a `.proto` file; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PAYLOAD = "qtasks.v1.Payload"


class Kind(StrEnum):
    """What one value is."""

    STRING = "string"
    INT64 = "int64"
    UINT64 = "uint64"
    DOUBLE = "double"
    BOOL = "bool"
    BYTES = "bytes"
    PAYLOAD = PAYLOAD
    MESSAGE = "message"
    ENUM = "enum"


class Form(StrEnum):
    """How many values there are."""

    ONE = "optional"
    LIST = "repeated"
    MAP = "map"
    """By name."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value looks like."""

    kind: Kind
    form: Form = Form.ONE
    name: str = ""
    """Of the message or the enum."""
    nullable: bool = False
    """Whether it may be `null`."""
    reason: str = ""
    """Why it, or what is in it, has no form of its own; empty when it has one."""

    @property
    def element(self) -> str:
        """What one value is, as it is written in a `.proto` file."""
        return self.name or self.kind.value

    @property
    def type(self) -> str:
        """The type, as it is written in a `.proto` file."""
        if self.form is Form.ONE:
            return self.element
        if self.form is Form.LIST:
            return f"repeated {self.element}"
        return f"map<string, {self.element}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a message, and the JSON property it stands for."""

    key: str
    """The property."""
    name: str
    """The field."""
    shape: Shape
    number: int = 0
    """Its number; 0 as long as it has none."""
    wanted: int = 0
    """The number that its schema says; 0 when it says none."""
    required: bool = False
    """Whether it must be given."""
    description: str = ""
    default: str = ""
    """The value it has when it is not given, as JSON, when known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message, and the JSON object it stands for."""

    name: str
    fields: tuple[Field, ...] = ()
    description: str = ""
    reserved: tuple[int, ...] = ()
    """Numbers that fields had which are gone, or had another type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """An enum, and the strings it stands for."""

    name: str
    """Of one inside of a message, with the message's: `ResizeRequest.Mode`."""
    values: tuple[str, ...] = ()
    """The strings."""
    wanted: Mapping[str, int] = field(default_factory=dict)
    """The numbers that their schema says, by string."""
    unset: str = ""
    """What the value is called that stands for none of them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What they are called, by string."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Their numbers, by string."""
    description: str = ""
    reserved: tuple[int, ...] = ()

    @property
    def outer(self) -> str:
        """The message it is inside of; empty for one beside the messages."""
        return self.name.rpartition(".")[0]

    @property
    def own_name(self) -> str:
        """Its name without that of the message."""
        return self.name.rpartition(".")[2]
