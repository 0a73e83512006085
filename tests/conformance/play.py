"""Plays a case: its steps, one after the other.

What a step does is its verb; the README says which there are and what goes with them.
"""

import signal
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import anyio

from tests.conformance.calls import Call, Document
from tests.conformance.cases import Case
from tests.conformance.cast import Cast
from tests.conformance.matching import Known, filled, fits, match
from tests.conformance.wire_steps import WireSteps
from tests.conformance.words import check_order, word_of, yields_of

PATIENCE = 30.0
"""Seconds that a step may take."""
REST = "..."


class Play:
    """A case that is being played.

    Args:
        case: The case.
        cast: Who takes part.
    """

    def __init__(self, case: Case, cast: Cast) -> None:
        self._case = case
        self._cast = cast
        self._begun: dict[str, Call] = {}
        self._known: Known = {
            "unique": uuid4().hex,
            "uuid": str(uuid4()),
            "uuid2": str(uuid4()),
            "uuid3": str(uuid4()),
            "language": cast.language.name,
            "storage": cast.stage.storage,
            "app": cast.app,
        }
        self._verbs: dict[str, Callable[..., Awaitable[None]]] = {
            "call": self._call,
            "begin": self._begin,
            "until": self._until,
            "event": self._event,
            "finish": self._finish,
            "start": self._start,
            "release": self._release,
            "hear": self._hear,
            "told": self._told,
            "signal": self._signal,
            "exit": self._exit,
            "cut": self._cut,
            "restart": self._restart,
            **WireSteps(cast.wire, self._known).verbs,
        }

    async def play(self) -> None:
        """Play all steps; raises at the first that does not go as it should."""
        for number, step in enumerate(self._case.steps, start=1):
            try:
                with anyio.fail_after(PATIENCE):
                    await self._step(step)
            except (AssertionError, TimeoutError) as error:
                why = str(error) or f"nothing happened for {PATIENCE:g} s"
                raise AssertionError(
                    f"{why}\nin step {number} of {self._case.name}: {step!r:.500}\n"
                    f"{self._so_far()}{self._cast.last_words()}"
                ) from error

    def _so_far(self) -> str:
        return "".join(
            f"{name}: {[word_of(event) for event in call.events[-50:]]}, "
            f"then {call.answer!r:.500}\n"
            for name, call in self._begun.items()
        )

    async def _step(self, step: dict[str, Any]) -> None:
        (verb,) = self._verbs.keys() & step.keys()
        given = {key: value for key, value in step.items() if key != verb}
        await self._verbs[verb](step[verb], **given)

    # -- calls ------------------------------------------------------------------------

    async def _call(self, op: str, *, fields: Document | None = None, **wanted: Any):
        call = await self._cast.client.call(op, filled(fields or {}, self._known))
        await self._check(call, **wanted)

    async def _begin(self, op: str, *, name: str, fields: Document | None = None):
        self._begun[name] = await self._cast.client.call(
            op, filled(fields or {}, self._known)
        )
        self._known[name] = self._begun[name].number

    async def _until(self, word: str, *, of: str):
        wanted = filled(word, self._known)
        event = await self._begun[of].until(lambda event: word_of(event) == wanted)
        self._known["task"] = event["taskId"]
        if "asked" in event:
            self._known["ask"] = event["asked"]["askId"]

    async def _event(self, wanted: Document, *, of: str):
        events = self._begun[of].events
        found = any(fits(wanted, event, self._known) for event in events)
        assert found, f"there is no such event in {events!r:.1000}"

    async def _finish(self, name: str, **wanted: Any):
        await self._check(self._begun[name], **wanted)

    async def _check(
        self,
        call: Call,
        *,
        ok: Any = None,
        error: Any = None,
        words: list[str] | None = None,
        yields: int | list[Any] | None = None,
    ) -> None:
        answer = await call.answered()
        if error is None:
            assert "ok" in answer, f"it was refused: {answer['error']}"
            match(ok or {}, answer["ok"], self._known)
        else:
            assert "error" in answer, f"it was not refused: {answer!r:.500}"
            match(error, answer["error"], self._known, "error")
        check_order(call.events, call.after)
        if words is not None:
            _check_words(filled(words, self._known), list(map(word_of, call.events)))
        if yields is not None:
            wanted = (
                list(range(yields)) if isinstance(yields, int) else filled(yields, {})
            )
            found = yields_of(call.events)
            assert found == wanted, f"it yielded {found!r:.500}, not {wanted!r:.500}"

    # -- workers ----------------------------------------------------------------------

    async def _start(
        self, name: str, *, slots: int = 10, queues: list[str] | None = None
    ):
        await self._cast.start(name, slots=slots, queues=filled(queues, self._known))
        self._known[f"{name}_id"] = self._cast.workers[name].name

    async def _release(self, key: str, *, of: str = "worker", times: int = 1):
        worker = self._cast.workers[of]
        for _ in range(times):
            await worker.send({"release": filled(key, self._known)})

    async def _hear(self, wanted: Document, *, of: str = "worker"):
        await self._cast.workers[of].heard(
            lambda document: fits(wanted, document, self._known)
        )

    async def _told(self, kinds: list[str], *, of: str, tasks: list[str]):
        """Fail if a worker has said these things of other tasks, or in another order."""
        found = [
            document[kind]["taskId"]
            for document in self._cast.workers[of].documents
            for kind in kinds
            if kind in document
        ]
        wanted = filled(tasks, self._known)
        assert found[: len(wanted)] == wanted, f"it told of {found}, not of {wanted}"

    async def _signal(self, name: str, *, of: str):
        await self._cast.workers[of].signal(signal.Signals[f"SIG{name}"])

    async def _exit(self, code: int, *, of: str):
        ended = await self._cast.workers[of].ended()
        assert ended == code, f"the worker ended with {ended}, not with {code}"

    # -- faults -----------------------------------------------------------------------

    async def _cut(self, whose: str):
        self._cast.proxies[whose].cut()

    async def _restart(self, what: str):
        ways = {"broker": self._cast.stage.restart, "elsewhere": self._cast.stage.move}
        await ways[what]()


def _check_words(wanted: list[str], found: list[str]) -> None:
    """Fail if events are others; `...` stands for any number of them."""
    if REST not in wanted:
        assert found == wanted, f"what happened: {found}, not {wanted}"
        return
    place = wanted.index(REST)
    head, tail = wanted[:place], wanted[place + 1 :]
    assert REST not in tail, "`...` may stand once in a list"
    told = f"what happened: {found}, not {wanted}"
    assert len(found) >= len(head) + len(tail), told
    assert found[:place] == head, told
    assert found[len(found) - len(tail) :] == tail, told
