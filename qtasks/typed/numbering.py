"""Numbers: which field has which, for good.

What is on the wire is numbers, so a number never means something else. A field keeps its
number as long as it has its type; with another type it is another field, and the number
it had is reserved. It gets that number back with the type.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from qtasks.errors import InvalidField, InvalidJson

LARGEST = 2**29 - 1
"""The largest number a field may have."""
_PROTOBUF = range(19_000, 20_000)
"""What protobuf keeps for itself."""


class NumberTaken(InvalidField):
    """Two fields want one number."""

    reason = "FIELD_NUMBER_TAKEN"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field, or a value of an enum, that needs a number."""

    key: str
    type: str
    number: int = 0
    """The number that its schema says; 0 when it says none."""


@dataclass
class Allocation:
    """What was given so far; nothing in it ever changes or goes.

    Kept by whoever makes messages more than once: the broker in its storage, an export in
    a file beside what it wrote.
    """

    names: dict[str, str] = field(default_factory=dict)
    """The owners by name, see `qtasks.typed.naming.Names`."""
    numbers: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    """Of each message: the property and the type that a number stands for."""

    def number(
        self, message: str, fields: Iterable[Wanted]
    ) -> tuple[list[int], tuple[int, ...]]:
        """The number of each field, and those that are reserved.

        Raises:
            NumberTaken: a field wants one that stands for another, or that no field can
                have.
        """
        fields = list(fields)
        known = self.numbers.get(message, {})
        given = dict(known)
        for one in fields:
            if one.number:
                _fix(message, one, given)
        numbers = [_number(one, known, given) for one in fields]
        self.numbers[message] = dict(sorted(given.items()))
        return numbers, tuple(sorted(set(given) - set(numbers)))

    def encode(self) -> str:
        """As JSON, one line a name or number, always in the same order."""
        numbers = {
            message: {number: f"{key}: {kind}" for number, (key, kind) in given.items()}
            for message, given in self.numbers.items()
        }
        value = {"names": self.names, "numbers": numbers}
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def decode(cls, text: str | bytes) -> Self:
        """What was encoded; raises `InvalidJson` for what was not."""
        try:
            value = json.loads(text)
            numbers = {
                message: {int(number): _holder(one) for number, one in given.items()}
                for message, given in value["numbers"].items()
            }
            return cls(dict(value["names"]), numbers)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidJson(f"these are no numbers of fields: {error}") from error


def _holder(text: str) -> tuple[str, str]:
    key, _, kind = text.rpartition(": ")
    return key, kind


def _fix(message: str, one: Wanted, given: dict[int, tuple[str, str]]) -> None:
    """Give a field the number it wants."""
    if not 0 < one.number <= LARGEST or one.number in _PROTOBUF:
        raise NumberTaken(
            f"{one.key} of {message} can't have the number {one.number}: a number is from "
            f"1 to {LARGEST} and not from 19000 to 19999",
            field=one.key,
        )
    holder = given.setdefault(one.number, (one.key, one.type))
    if holder != (one.key, one.type):
        raise NumberTaken(
            f"{one.key} ({one.type}) of {message} can't have the number {one.number}: it "
            f"is that of {holder[0]} ({holder[1]}); give it another x-field-number",
            field=one.key,
        )


def _number(
    one: Wanted,
    known: dict[int, tuple[str, str]],
    given: dict[int, tuple[str, str]],
) -> int:
    if one.number:
        return one.number
    same = [number for number, holder in known.items() if holder == (one.key, one.type)]
    if same:
        return max(same)
    number = _free(given)
    given[number] = (one.key, one.type)
    return number


def _free(given: dict[int, tuple[str, str]]) -> int:
    """The smallest number that nothing ever had."""
    number = 1
    while number in given or number in _PROTOBUF:
        number += 1
    return number


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers as ranges, each with its last."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
