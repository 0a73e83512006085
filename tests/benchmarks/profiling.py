"""Profiles: where a process spends its time, in all its threads.

`python -m tests.benchmarks.profiling FILE MODULE ARGS...` runs a module as
`python -m MODULE ARGS...` would, and writes the profile to the file when it ends.
"""

import cProfile
import pstats
import runpy
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

TOP = 35


@contextmanager
def profiled(into: Path) -> Iterator[None]:
    """Profile the block, and every thread that starts in it; write it to a file.

    A second block with the same file adds to it.
    """
    # A profiler sees the thread it was enabled in, so each thread gets its own; by its CPU
    # time, because waiting costs nothing.
    profiles = [cProfile.Profile(time.thread_time)]

    def begin(frame: FrameType, event: str, arg: Any) -> None:  # noqa: ARG001  # as called
        profiles.append(cProfile.Profile(time.thread_time))
        profiles[-1].enable()

    threading.setprofile(begin)
    profiles[0].enable()
    try:
        yield
    finally:
        profiles[0].disable()
        threading.setprofile(None)
        stats = pstats.Stats(str(into)) if into.exists() else pstats.Stats()
        for profile in profiles:
            profile.create_stats()
            if profile.stats:
                stats.add(profile)
        stats.dump_stats(into)


def print_profile(title: str, file: Path, out: TextIO) -> None:
    """Print the functions that cost most: by themselves, then with what they call."""
    out.write(f"\n== profile of the {title} ==\n")
    stats = pstats.Stats(str(file), stream=out).strip_dirs()
    stats.sort_stats("tottime").print_stats(TOP)
    stats.sort_stats("cumtime").print_stats(TOP)


def main() -> None:
    """Run a module under the profiler."""
    into, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    with profiled(Path(into)):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
