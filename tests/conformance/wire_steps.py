"""The steps of a case that speak to a broker without a client."""

from collections.abc import Awaitable, Callable

from tests.conformance.matching import Known, filled, fits, match
from tests.conformance.wire import Document, Stream, Wire

OK = {"code": "OK"}


class WireSteps:
    """Does the steps of a case that speak to a broker without a client.

    Args:
        wire: The way to the broker.
        known: What the case knows.
    """

    def __init__(self, wire: Wire, known: Known) -> None:
        self._wire = wire
        self._known = known
        self._streams: dict[str, Stream] = {}
        self.verbs: dict[str, Callable[..., Awaitable[None]]] = {
            "wire": self._call,
            "open": self._open,
            "send": self._send,
            "receive": self._receive,
            "ends": self._ends,
            "drop": self._drop,
        }

    async def _call(
        self,
        method: str,
        *,
        message: Document | str,
        ok: Document | None = None,
        status: Document | None = None,
    ) -> None:
        stream = self._wire.open(method)
        await stream.send(filled(message, self._known))
        await stream.done_sending()
        answer = await stream.receive()
        match(status or OK, await stream.status(), self._known, "the status")
        if ok is not None:
            match(ok, answer, self._known, "the answer")

    async def _open(self, method: str, *, name: str) -> None:
        self._streams[name] = self._wire.open(method)

    async def _send(self, message: Document | str, *, of: str) -> None:
        await self._streams[of].send(filled(message, self._known))

    async def _receive(self, wanted: Document, *, of: str) -> None:
        while True:
            message = await self._streams[of].receive()
            assert message is not None, f"it ended: {await self._streams[of].status()}"
            if fits(wanted, message, self._known):
                return

    async def _ends(self, status: Document, *, of: str) -> None:
        match(status, await self._streams[of].status(), self._known, "the status")

    async def _drop(self, name: str) -> None:
        self._streams[name].cancel()
