"""Functions that tests offload: nothing here is a task."""

import os as operating_system
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

from qtasks.tasks import async_task, result

SEEN: list[object] = []
"""What hooks and functions in this process noted."""
NOTED = threading.Event()
GATE = threading.Event()
decimal_of = Decimal


def double(number):
    return number * 2


async def awaited(value):
    return value


def named(first, *, group="", hook=""):
    return [first, group, hook]


def fail(message):
    raise ValueError(message)


def fail_once(place):
    """Fails the first time it is called with a file's path."""
    if not Path(place).exists():
        Path(place).touch()
        raise ConnectionError("no answer yet")
    return "answered"


def process_number():
    return operating_system.getpid()


def offload_in_turn(depth):
    """Offload this function with one less, and wait for its result."""
    if not depth:
        return [0, None]
    return [depth, result(async_task(offload_in_turn, depth - 1), -1)]


def wait_for_gate(value):
    GATE.wait()
    return value


def end_process_at(code):
    """End the process it is in, but for the code 0."""
    if code:
        operating_system._exit(code)
    return code


def block(path):
    """Write down which process it is in, and stay there."""
    Path(path).write_text(str(operating_system.getpid()), encoding="utf-8")
    threading.Event().wait()


def block_with(path):
    """Start a program that writes to a pipe, if ever, and stay there."""
    with Path(path).open("w", encoding="utf-8") as pipe:
        forever = "import threading; threading.Event().wait()"
        subprocess.Popen([sys.executable, "-c", forever], stdout=pipe)
        pipe.write("started")
    threading.Event().wait()


def note(task):
    SEEN.append(task)
    NOTED.set()


def broken_hook(task):
    SEEN.append(task)
    NOTED.set()
    raise RuntimeError("the hook is broken")


def _private():
    return "secret"


class Counter:
    """Something that is not offloaded by its methods."""

    kind = Path

    def count(self):
        return 1

    @classmethod
    def of(cls, number):
        return number


COUNTED = Counter()
