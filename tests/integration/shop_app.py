"""An app whose tasks are exported."""

SHOP = '''
from collections.abc import Iterator
from enum import Enum
from typing import Literal

from pydantic import BaseModel, Field

from qtasks import QueueTasks
from qtasks.router import SyncRouter

app = QueueTasks("shop")
images = SyncRouter("images")


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Item(BaseModel):
    """A thing to buy."""

    name: str = Field(description="What it is called.")
    count: int = Field(default=1, alias="howMany")
    size: Size | None = None
    parts: list["Item"] = []


class Receipt(BaseModel):
    total: float
    lines: list[str]


class Missing(Exception):
    """Nobody has it."""


@app.task
def order(customer: str, items: list[Item], *, note: str = "none") -> Receipt:
    """Buy things.

    Args:
        customer: Who pays.
    """
    if not items:
        raise Missing("nothing to buy")
    return Receipt(
        total=1.5 * sum(item.count for item in items),
        lines=[f"{item.count} {item.name} for {customer}" for item in items],
    )


@app.task
def add(first: int, second: int = 2, /) -> int:
    return first + second


@app.task
def paint(colour: Literal["red", "light blue"] = "red") -> Literal["done", "late"]:
    return "done" if colour == "red" else "late"


@images.task
def thumbnails(width: int, *names: str, **marks: int) -> Iterator[str]:
    """Make small pictures."""
    for name in names:
        yield f"{name}@{width}{marks or ''}"


app.include_router(images)
'''
