"""Frames: what the worker says, numbered, and kept until it is acknowledged."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from qtasks import v1
from qtasks.core.records import Token
from qtasks.workers.credits import Credits
from qtasks.workers.exchange import Exchange

MAX_FRAME_BYTES = 2 * 1024 * 1024
MAX_UNACKED_BYTES = 16 * 1024 * 1024
MAX_UNACKED_EVENTS = 6144
"""Past it, events wait in the outbox, which makes whoever yields them wait: they would
only grow old on the way."""


@dataclass(slots=True)
class _Sent:
    """A frame that was sent and is not acknowledged."""

    frame: v1.ConnectRequest
    size: int
    events: int = 0
    settled: list[Token] = field(default_factory=list)


class Frames:
    """Makes frames of everything that waits, and keeps them until acknowledged.

    Args:
        exchange: What waits to be said.
        credits: What to ask for.
    """

    def __init__(self, exchange: Exchange, credits_: Credits) -> None:
        self._exchange = exchange
        self._credits = credits_
        self._leases = exchange.leases
        self._unacked: deque[_Sent] = deque()
        self._unacked_bytes = 0
        self._unacked_events = 0
        self._number = 0

    @property
    def waiting(self) -> bool:
        """Whether something is still to be said, or to be acknowledged."""
        return bool(self._exchange.outbox) or bool(self._unacked)

    def forget(self) -> None:
        """Begin anew, for another session."""
        self._unacked.clear()
        self._unacked_bytes = 0
        self._unacked_events = 0
        self._number = 0

    @property
    def _room(self) -> bool:
        """Whether more may be under way."""
        return (
            self._unacked_bytes < MAX_UNACKED_BYTES
            and self._unacked_events < MAX_UNACKED_EVENTS
        )

    def unacknowledged(self) -> Iterator[v1.ConnectRequest]:
        """The frames to send again on a new stream, as they were."""
        for sent in list(self._unacked):
            # The hello gave all the credit there is.
            sent.frame.ClearField("credit")
            yield sent.frame

    def acknowledged(self, number: int) -> bool:
        """Note what is stored; whether the writer waits for that."""
        crowded = not self._room
        while self._unacked and self._unacked[0].frame.frame <= number:
            sent = self._unacked.popleft()
            self._unacked_bytes -= sent.size
            self._unacked_events -= sent.events
            for token in sent.settled:
                self._leases.drop(token)
        return crowded

    def next(self) -> v1.ConnectRequest | None:
        """Everything that waits as one frame; `None` when nothing does."""
        frame = v1.ConnectRequest()
        sent = _Sent(frame, 0)
        exchange = self._exchange
        if exchange.outbox and self._room:
            self._fill(sent)
        if exchange.begun:
            self._fill_started(frame)
        if not exchange.stalled:
            self._credits.resume()
        credit = self._credits.grant(self._leases.unsettled)
        if credit:
            frame.credit = credit
        if frame.events or frame.settles or frame.started:
            self._number += 1
            frame.frame = self._number
            self._unacked.append(sent)
            self._unacked_bytes += sent.size
            self._unacked_events += sent.events
            return frame
        return frame if frame.credit else None

    def _fill(self, sent: _Sent) -> None:
        frame = sent.frame
        done = 0
        by_lease: dict[Token, v1.LeaseEvents] = {}
        for token, message, size in self._exchange.outbox.take(MAX_FRAME_BYTES):
            lease = self._leases.held.get(token)
            if lease is None:
                continue  # lost meanwhile
            sent.size += size
            if isinstance(message, v1.Settle):
                frame.settles.append(message)
                sent.settled.append(token)
                self._leases.settle(token)
                done += not message.HasField("given_back")
                continue
            events = by_lease.get(token)
            if events is None:
                events = by_lease[token] = frame.events.add(
                    lease=lease.assign.lease, first=lease.reported + 1
                )
            lease.reported += 1
            sent.events += 1
            events.events.append(message)
            if message.HasField("asked"):
                lease.asks.add(message.asked.ask_id)
        if done:
            self._credits.settled(done, time.monotonic())

    def _fill_started(self, frame: v1.ConnectRequest) -> None:
        begun = self._exchange.begun
        while begun:
            try:
                token, _ = begun.popitem()
            except KeyError:  # the runner took the last one
                return
            lease = self._leases.held.get(token)
            if lease is not None and not lease.settled:
                lease.started = True
                frame.started.append(lease.assign.lease)
