"""Events of a task as plain values and as words."""

import json
from collections.abc import Callable

from qtasks import v1
from qtasks.cli.facts import (
    failure_facts,
    failure_line,
    moment,
    state_word,
    task_facts,
    value_of,
)
from qtasks.cli.output import Facts


def event_facts(event: v1.TaskEvent) -> Facts:
    """Describe an event."""
    kind = event.WhichOneof("event")
    return {
        "task_id": event.task_id,
        "seq": event.seq,
        "time": moment(event.time),
        "attempt": event.attempt,
        "event": kind or "unknown",
        **(FACTS[kind](event) if kind else {}),
    }


def event_words(event: v1.TaskEvent) -> tuple[str, str]:
    """Say what happened: a word, and what else there is to say about it."""
    kind = event.WhichOneof("event")
    if kind is None:
        return "unknown", "an event of a newer version of qtasks"
    return WORDS[kind](event)


def _changed_facts(event: v1.TaskEvent) -> Facts:
    change = event.state_changed
    failed = change.HasField("failure")
    return {
        "state": state_word(change.state),
        "worker": change.worker_id or None,
        "due": moment(change.due_time),
        "failure": failure_facts(change.failure) if failed else None,
    }


def _asked_facts(event: v1.TaskEvent) -> Facts:
    return {
        "ask_id": event.asked.ask_id,
        "prompt": value_of(event.asked.prompt),
        "deadline": moment(event.asked.deadline),
    }


def _answered_facts(event: v1.TaskEvent) -> Facts:
    return {"ask_id": event.answered.ask_id, "value": value_of(event.answered.value)}


def _log_facts(event: v1.TaskEvent) -> Facts:
    return {
        "level": _level(event.log),
        "message": event.log.message,
        "logger": event.log.logger,
        "fields": dict(event.log.fields),
    }


def _progress_facts(event: v1.TaskEvent) -> Facts:
    return {
        "done": event.progress.done,
        "total": event.progress.total or None,
        "note": event.progress.note,
    }


FACTS: dict[str, Callable[[v1.TaskEvent], Facts]] = {
    "state_changed": _changed_facts,
    "yielded": lambda event: {"value": value_of(event.yielded.value)},
    "asked": _asked_facts,
    "answered": _answered_facts,
    "log": _log_facts,
    "progress": _progress_facts,
    "gap": lambda event: {"from_seq": event.gap.from_seq, "to_seq": event.gap.to_seq},
    "cancel_requested": lambda event: {"reason": event.cancel_requested.reason},
    "finished": lambda event: {"task": task_facts(event.finished.status)},
}
"""What each kind of event carries."""


def _changed(event: v1.TaskEvent) -> tuple[str, str]:
    change = event.state_changed
    words = []
    if change.worker_id:
        words.append(f"on {change.worker_id}")
    if change.HasField("failure"):
        words.append(f"after {failure_line(change.failure)}")
    due = moment(change.due_time)
    if due:
        words.append(f"due {due}")
    return state_word(change.state), ", ".join(words)


def _asked(event: v1.TaskEvent) -> tuple[str, str]:
    how = f"answer with: qtasks reply {event.task_id} {event.asked.ask_id} VALUE"
    return "asked", f"{_compact(event.asked.prompt)} ({how})"


def _log(event: v1.TaskEvent) -> tuple[str, str]:
    log = event.log
    fields = "".join(f" {key}={value}" for key, value in sorted(log.fields.items()))
    logger = f"{log.logger}: " if log.logger else ""
    return "log", f"{_level(log)} {logger}{log.message}{fields}"


def _progress(event: v1.TaskEvent) -> tuple[str, str]:
    progress = event.progress
    share = f"{progress.done:g}"
    if progress.total:
        share += f"/{progress.total:g}"
    return "progress", f"{share} {progress.note}".rstrip()


def _gap(event: v1.TaskEvent) -> tuple[str, str]:
    gap = event.gap
    return "gap", f"events {gap.from_seq} to {gap.to_seq} are no longer kept"


def _finished(event: v1.TaskEvent) -> tuple[str, str]:
    status = event.finished.status
    match status.WhichOneof("outcome"):
        case "failure":
            words = failure_line(status.failure)
        case "cancel_reason":
            words = status.cancel_reason
        case _:
            words = _compact(status.result)
    return state_word(status.state), words


WORDS: dict[str, Callable[[v1.TaskEvent], tuple[str, str]]] = {
    "state_changed": _changed,
    "yielded": lambda event: ("yielded", _compact(event.yielded.value)),
    "asked": _asked,
    "answered": lambda event: ("answered", _compact(event.answered.value)),
    "log": _log,
    "progress": _progress,
    "gap": _gap,
    "cancel_requested": lambda event: ("cancelling", event.cancel_requested.reason),
    "finished": _finished,
}
"""How each kind of event is told."""


def _compact(payload: v1.Payload) -> str:
    return json.dumps(value_of(payload), ensure_ascii=False)


def _level(log: v1.LogLine) -> str:
    word = v1.LogLevel.Name(log.level).removeprefix("LOG_LEVEL_").lower()
    return "info" if word == "unspecified" else word
