"""Events of a task as words, so that a case can say in a line what should happen.

new  scheduled  process  retry      the task moved to this state
success  error  cancel              it ended so
yield 3  ask "?"  answer true       a value, as JSON without spaces
log step 1  progress 1/2            what the task says
stop REASON                         somebody asked to cancel it
"""

import json
from typing import Any

Event = dict[str, Any]


def word_of(event: Event) -> str:
    """An event in a word or two."""
    for kind, word in _WORDS.items():
        if kind in event:
            return word(event[kind])
    raise AssertionError(f"an event without a body: {event}")


def yields_of(events: list[Event]) -> list[Any]:
    """The values that a task yielded."""
    return [
        _value(event["yielded"].get("value")) for event in events if "yielded" in event
    ]


def check_order(events: list[Event], after: int) -> None:
    """Fail if an event is missing, doubled or out of place."""
    numbers = [int(event["seq"]) for event in events]
    wanted = list(range(after + 1, after + 1 + len(numbers)))
    assert numbers == wanted, f"events came as {numbers}, not as {wanted}"


def _value(payload: dict[str, Any] | None) -> Any:
    if not payload:
        return None
    return json.loads(payload["json"]) if "json" in payload else payload


def _text(payload: dict[str, Any] | None) -> str:
    return json.dumps(_value(payload), ensure_ascii=False, separators=(",", ":"))


def _state(name: str) -> str:
    return name.removeprefix("TASK_STATE_").lower()


_WORDS: dict[str, Any] = {
    "stateChanged": lambda body: _state(body["state"]),
    "yielded": lambda body: f"yield {_text(body.get('value'))}",
    "asked": lambda body: f"ask {_text(body.get('prompt'))}",
    "answered": lambda body: f"answer {_text(body.get('value'))}",
    "log": lambda body: f"log {body['message']}",
    "progress": lambda body: f"progress {body['done']:g}/{body['total']:g}",
    "cancelRequested": lambda body: f"stop {body.get('reason', '')}".strip(),
    "gap": lambda body: f"gap {body['fromSeq']}-{body['toSeq']}",
    "finished": lambda body: _state(body["status"]["state"]),
}
