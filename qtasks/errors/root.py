"""The root of all errors."""

from typing import ClassVar


class QtasksError(Exception):
    """Something went wrong in qtasks."""

    reason: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str = "", **facts: str) -> None:
        """Take a message for a person, and facts for programs."""
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.facts = facts
        super().__init__(self.message)

    @property
    def field(self) -> str:
        """The request field that is wrong, or empty."""
        return self.facts.get("field", "")
