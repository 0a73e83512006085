"""What brokers on one storage tell one another, and what a storage tells its broker."""

from dataclasses import dataclass

from qtasks.core.records import Lane, Token


@dataclass(slots=True, frozen=True)
class Work:
    """Signal: a lane has ready tasks that its own broker could not place."""

    lane: Lane


@dataclass(slots=True, frozen=True)
class Touched:
    """Signal: a task that this broker watches has new events."""

    id: str


@dataclass(slots=True, frozen=True)
class CancelSignal:
    """Signal: the session's worker must stop a task."""

    session: str
    token: Token
    reason: str


@dataclass(slots=True, frozen=True)
class AnswerSignal:
    """Signal: a question of the session's task was answered."""

    session: str
    token: Token
    ask_id: str
    value: bytes


@dataclass(slots=True, frozen=True)
class DrainSignal:
    """Signal: the session's worker must take no more tasks, and leave."""

    session: str


@dataclass(slots=True, frozen=True)
class Pending:
    """Signal: a call of this very broker ended tasks that others wait for."""


@dataclass(slots=True, frozen=True)
class Resync:
    """Signal: earlier signals may have been lost; look again at everything."""


Signal = Work | Touched | CancelSignal | AnswerSignal | DrainSignal | Pending | Resync
