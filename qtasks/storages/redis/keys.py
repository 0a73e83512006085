r"""Where everything is kept in Redis.

Every task belongs to a partition, ``crc32(id) % partitions``, and every key of the
partition begins with ``{prefix}:{{p}}:``, for example ``qtasks:{3}:``. The braces are a
hash tag: a partition's keys are in one slot of a Redis Cluster, a script works in one
partition and so on one node, and a task is found by its id alone. Partition 0 is also
*home*, which keeps what there is once. ``\n`` stands between the parts of a name; app,
queue and task names have no control characters.

In every partition:

=================================  =====================================================
``t:{id}``                         string: the task (see below)
``e:{id}``                         stream: its events with bodies; ``{seq}-{count}`` is
                                   the entry of the events up to ``seq``; field ``c`` is
                                   time, attempt and the encoded ``EventChunk``
``w:{id}``                         set: numbers of the brokers that watch it, if several
``v:{id}``                         marks a task that must not be stored (see ``k:``)
``l:{app}\n{queue}\n{name}``       zset, a lane: ready tasks by priority and order; the
                                   score is ``priority * 2^40 + order``, which a double
                                   holds exactly
``ls:{app}\n{queue}``              set: the names whose lanes are not empty
``d:{app}\n{queue}``               zset: SCHEDULED and RETRY tasks by due time; held ones at
                                   the end (``inf``)
``f:{id}``                         set: the followers of a task that has not ended, each
                                   as ``{child} {cursor}``
``pending``                        zset: followers whose turn has come, by since when
``delayed``                        zset: queues by the due time of their earliest task
``expiry``                         zset: waiting tasks that expire, by when
``gc``                             zset: ended tasks by when they are forgotten
``held``                           zset: leased tasks by the number of their session
``live``                           hash: sessions that may have tasks -> their numbers
``owners``                         hash: the same -> the broker that opened them last
``all:{app}``                      zset: all tasks of an app by the number of creation
``g:{app}\n{group}``               zset: the same for a group
``qs:{app}``                       set: ``{app}\n{queue}`` of the queues ever seen
``q:{app}\n{queue}``               hash: the counters of a queue
``paused``                         set: ``{app}\n{queue}`` of paused queues
``k:{app}\n{key}``                 string: the task that has an idempotency key; with
                                   one partition beside the task, else in the partition
                                   that the key's own hash says
=================================  =====================================================

At home besides:

=================================  =====================================================
``order``                          counter: places in queues, and numbers of creation
``session``                        counter: numbers of sessions
``sessions``                       zset: sessions by when they end; this alone decides
``s:{session}``                    hash: number, worker, app, info, connected, owner
                                   (a broker's number); ``ending`` once it was ended,
                                   ``draining`` once its worker was told to leave
``ss:{app}``                       set: the sessions of an app
``workers:{app}``                  hash: worker id -> session
``over``                           hash: number -> session, of those that ended and may
                                   still hold tasks somewhere
``space:{space}``                  hash: shared values
``brokers``                        zset: numbers of brokers by when they were last there
``layout``                         version and number of partitions
=================================  =====================================================

A task is one string, so that a queued one costs little and a move is one GET and one
SET: a fixed *head* (what changes), a *body* (what never does: sizes, lane, key, group,
spec) and a *log* that only grows (changes of state, grants, questions, outcome). The
formats are in ``codec.py`` and ``lua/_task.lua``.

Channels: ``{prefix}:{db}:all`` is read by every broker, ``{prefix}:{db}:{number}`` by
one. See ``signals.py``.
"""

from dataclasses import dataclass
from zlib import crc32

VERSION = 2
"""Of this layout; another one is refused, but for the one before, which is the same
without tasks that wait for others. A broker that knows only that one would lose them, so
none may be there when a newer one takes over."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names the keys of one installation."""

    prefix: str
    partitions: int
    db: int

    def base(self, partition: int) -> str:
        """What the keys of a partition begin with."""
        return f"{self.prefix}:{{{partition}}}:"

    def partition(self, text: str) -> int:
        """The partition of a task, by its id (or of a key, by its text)."""
        if self.partitions == 1:
            return 0
        return crc32(text.encode()) % self.partitions

    @property
    def home(self) -> str:
        """What the keys that there are once begin with."""
        return self.base(HOME)

    @property
    def channels(self) -> str:
        """What the channels begin with; databases do not separate channels."""
        return f"{self.prefix}:{self.db}:"

    def signature(self, version: int = VERSION) -> str:
        """What must be the same for all who share the keys."""
        return f"version {version}, partitions {self.partitions}"


HOME = 0
"""The partition that is home."""
