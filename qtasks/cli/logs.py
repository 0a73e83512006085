"""How the processes that the command line starts log: lines on stderr."""

import logging
import sys
from enum import StrEnum
from typing import Annotated

import typer

from qtasks.cli.output import printable

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Level(StrEnum):
    """How much a process tells."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LogLevel = Annotated[
    Level,
    typer.Option(envvar="QTASKS_LOG_LEVEL", help="How much is logged to stderr."),
]


class FieldsFormatter(logging.Formatter):
    """Writes a record's message and, after it, the values in `extra`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Write the first line of a record."""
        fields = "".join(
            f" {name}={value}"
            for name, value in vars(record).items()
            if name not in _STANDARD
        )
        return printable(super().formatMessage(record) + fields)


def log_to_stderr(level: Level, *, everything: bool = False) -> None:
    """Send what this process logs to stderr.

    Args:
        level: From which level on.
        everything: Also what is not of qtasks, because the process runs user code; else
            only the warnings of others.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldsFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper() if everything else logging.WARNING)
    logging.getLogger("qtasks").setLevel(level.upper())
    logging.getLogger("qtasks_broker").setLevel(level.upper())
