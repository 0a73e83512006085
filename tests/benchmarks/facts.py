"""Facts: what the figures of a run depend on."""

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from timeit import repeat

import psutil

from tests.benchmarks.rig import RigOptions
from tests.servers import server_program

LIBRARIES = ("grpcio", "protobuf", "redis", "hiredis", "anyio", "uvloop")

Facts = Mapping[str, str | int | float]


def machine_facts(options: RigOptions) -> Facts:
    """What the figures depend on."""
    return {
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(os.getloadavg()[0], 2),
        "loop_ns": round(_loop_ns(), 1),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "redis_server": _server_version(),
        "redis_fsync": options.fsync,
        "worker_processes": options.processes,
        "worker_max_tasks": options.max_tasks,
    }


def _loop_ns() -> float:
    """What a step of an empty loop takes now: machines change speed, others use them."""
    steps = 1_000_000
    return min(repeat("for _ in steps: pass", f"steps = range({steps})", number=1)) * (
        1e9 / steps
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _server_version() -> str:
    """Both Redis and Valkey say `... server v=7.2.4 sha=...`."""
    command = [str(server_program()), "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return said.partition("v=")[2].partition(" ")[0]
