"""Signals between brokers, over Redis' channels.

Every broker has a random number. It reads two channels: its own, where scripts announce
the tasks it watches (`T` and ids) and that it made the turn of held ones come (`P`), and
one for all, where brokers announce what they have for one another (`S` and a signal). A
broker that is alone on its Redis sends nothing: each one notes at home that it is there
(`presence.lua`), again and again. One that comes tells the others (`J` and its number),
and is ready when each of them has said hello (`H` and its number), for from then on they
send. What was not sent before that it sees when it first looks around.

A connection that breaks is made anew, and the reader is told to look at everything. So
is one who comes, and one who hears a hello late.
"""

import logging
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import dumps, loads
from typing import Any

import anyio
from redis.asyncio.client import PubSub, Redis

from qtasks.core.records import Lane, Token
from qtasks.core.signals import (
    AnswerSignal,
    CancelSignal,
    DrainSignal,
    Pending,
    Resync,
    Signal,
    Touched,
    Work,
)
from qtasks.errors import StorageUnavailable
from qtasks.storages.redis import scripts
from qtasks.storages.redis.link import Link
from qtasks.storages.redis.mailbox import Mailbox

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
"""Between two notes that a broker is there."""

GONE_SECONDS = 10.0
"""After this long without a note it is taken for gone."""

HELLO_SECONDS = 0.5
"""How long one who comes waits for the others; a dead one never answers."""

IDLE_SECONDS = 10.0
"""Silence after which a connection is asked for a sign of life, and then is given up."""

BACKOFF_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Before each try to connect again; the last one goes on."""

_TOUCHED, _PENDING, _SIGNAL, _JOIN, _HELLO = b"T", b"P", b"S", b"J", b"H"


class Signals:
    """Sends signals to other brokers, and reads theirs."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._reading = False
        self._others = 0
        self._greeted: set[int] = set()
        self._hello = anyio.Event()
        channels = link.layout.channels
        self._own_channel = f"{channels}{link.number}"
        self._all_channel = f"{channels}all"

    @property
    def is_alone(self) -> bool:
        """Whether nobody else would read; only one who reads can know."""
        return self._reading and not self._others

    async def publish(self, signal: Signal) -> None:
        """Send a signal to all other brokers."""
        if not self.is_alone:
            await self._send(self._all_channel, _SIGNAL, encode(signal))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncIterator[Signal]]:
        """What others send, from now on."""
        mailbox = Mailbox()
        failure: Exception | None = None
        async with self._channels() as first, anyio.create_task_group() as group:
            group.start_soon(self._listen, first, mailbox, name="redis signals")
            group.start_soon(self._beat, name="redis presence")
            try:
                await self._come(mailbox)
                yield mailbox
            except Exception as error:  # noqa: BLE001 - raised again below
                failure = error
            self._reading = False
            group.cancel_scope.cancel()
        await self._leave()
        if failure is not None:
            raise failure  # outside of the group, which would wrap it

    # -- presence ---------------------------------------------------------------

    async def _come(self, mailbox: Mailbox) -> None:
        """Make oneself known, and wait until the others know."""
        await self._announce(mailbox)
        with anyio.move_on_after(HELLO_SECONDS):
            while len(self._greeted) < self._others:
                self._hello = anyio.Event()
                await self._hello.wait()
        self._reading = True

    async def _announce(self, mailbox: Mailbox) -> None:
        self._reading = False
        self._greeted.clear()
        self._others = await self._link.home(scripts.PRESENCE, GONE_SECONDS)
        await self._send(self._all_channel, _JOIN, b"")
        mailbox.post(Resync())

    async def _beat(self) -> None:
        while True:
            await anyio.sleep(BEAT_SECONDS)
            try:
                self._others = await self._link.home(scripts.PRESENCE, GONE_SECONDS)
            except StorageUnavailable as error:
                self._others = max(self._others, 1)  # unknown: rather send than not
                logger.warning("presence not noted", extra={"error": str(error)})

    async def _leave(self) -> None:
        try:
            await self._link.command(
                "ZREM", f"{self._link.layout.home}brokers", self._link.number
            )
        except StorageUnavailable:
            logger.debug("left without a note; it ends by itself")

    # -- channels ---------------------------------------------------------------

    async def _send(self, channel: str, kind: bytes, body: bytes) -> None:
        message = b"%b%d\n%b" % (kind, self._link.number, body)
        await self._link.command("PUBLISH", channel, message)

    async def _listen(self, pubsub: PubSub, mailbox: Mailbox) -> None:
        """Read the channels, over one connection after the other."""
        failures = 0
        await self._read_until_broken(pubsub, mailbox)
        while True:
            await anyio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1
            try:
                async with self._channels() as fresh:
                    await self._announce(mailbox)
                    failures = 0
                    await self._read_until_broken(fresh, mailbox)
            except StorageUnavailable as error:
                logger.debug("no channels yet", extra={"error": str(error)})

    async def _read_until_broken(self, pubsub: PubSub, mailbox: Mailbox) -> None:
        try:
            with self._link.failures_named():
                while True:
                    await self._deliver(await _next_message(pubsub), mailbox)
        except StorageUnavailable as error:
            logger.warning("signals interrupted", extra={"error": str(error)})

    async def _deliver(self, message: bytes, mailbox: Mailbox) -> None:
        kind, rest = message[:1], message[1:]
        if kind == _PENDING:
            mailbox.post(Pending())
        elif kind == _TOUCHED:
            for id_ in rest.decode().split("\n"):
                mailbox.post(Touched(id_))
        else:
            await self._deliver_from(kind, rest, mailbox)

    async def _deliver_from(self, kind: bytes, rest: bytes, mailbox: Mailbox) -> None:
        """What another broker sent."""
        sender, _, body = rest.partition(b"\n")
        number = int(sender)
        if number == self._link.number:
            return
        if kind == _SIGNAL:
            mailbox.post(decode(body))
        elif kind == _JOIN:
            self._others = max(self._others, 1)
            await self._send(f"{self._link.layout.channels}{number}", _HELLO, b"")
        elif kind == _HELLO:
            if self._reading:  # it may have kept silent until now
                mailbox.post(Resync())
            self._greeted.add(number)
            self._hello.set()

    @asynccontextmanager
    async def _channels(self) -> AsyncIterator[PubSub]:
        """A connection on which both channels are confirmed."""
        with self._link.failures_named():
            client = await self._link.address.listener(self._link.client)
            pubsub: PubSub = client.pubsub()
            names = (self._own_channel, self._all_channel)
            await pubsub.subscribe(*names)
            for _ in names:
                await pubsub.get_message(timeout=IDLE_SECONDS)
        try:
            yield pubsub
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(1.0):
                await _close(pubsub, client, keep=client is self._link.client)


async def _next_message(pubsub: PubSub) -> bytes:
    """The next message; an idle connection must show that it lives."""
    asked = False
    while True:
        message = await pubsub.get_message(timeout=IDLE_SECONDS)
        if message is None and asked:
            raise ConnectionError("the channel's connection is dead")
        if message is not None and message["type"] == "message":
            data: bytes = message["data"]
            return data
        asked = message is None
        if asked:
            await pubsub.ping()


async def _close(pubsub: PubSub, client: Redis, *, keep: bool) -> None:
    await pubsub.aclose()  # type: ignore[no-untyped-call]
    if not keep:
        await client.aclose()


# -- signals as messages ----------------------------------------------------------


def encode(signal: Signal) -> bytes:
    """A signal as a message: its kind and its values, as JSON."""
    values: list[Any] = ["resync"]
    match signal:
        case Work(lane):
            values = ["work", *lane]
        case Touched(task_id):
            values = ["touched", task_id]
        case CancelSignal(session, token, reason):
            values = ["cancel", session, *token, reason]
        case AnswerSignal(session, token, ask_id, value):
            values = ["answer", session, *token, ask_id, b64encode(value).decode()]
        case DrainSignal(session):
            values = ["drain", session]
    return dumps(values).encode()


def decode(message: bytes) -> Signal:
    """A message as a signal; one of a kind we do not know says to look around."""
    kind, *values = loads(message)
    match kind, values:
        case "work", [app, queue, name]:
            return Work(Lane(app, queue, name))
        case "touched", [task_id]:
            return Touched(task_id)
        case "cancel", [session, task_id, lease, holder, reason]:
            return CancelSignal(session, Token(task_id, lease, holder), reason)
        case "answer", [session, task_id, lease, holder, ask_id, value]:
            token = Token(task_id, lease, holder)
            return AnswerSignal(session, token, ask_id, b64decode(value))
        case "drain", [session]:
            return DrainSignal(session)
    return Resync()
