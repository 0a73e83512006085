"""The Lua scripts: every move of a task in Redis is one of them."""

from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Script:
    """A script as Redis knows it."""

    name: str
    text: str
    sha: str
    repeatable: bool
    """Whether it may run again when its first answer was lost on the way."""


def _load(name: str, *parts: str, repeatable: bool = True) -> Script:
    folder = files(__package__) / "lua"
    names = ("_task", *parts, name)
    text = "\n".join(
        folder.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in names
    )
    # Redis names scripts by SHA-1; nothing rests on its strength.
    sha = sha1(text.encode(), usedforsecurity=False).hexdigest()
    return Script(name, text, sha, repeatable)


SUBMIT = _load("submit")
KEY_CLAIM = _load("key_claim")
KEY_VOID = _load("key_void")
KEY_RELEASE = _load("key_release")

SESSION_OPEN = _load("session_open")
SESSION_JOIN = _load("session_join")
SESSION_EXTEND = _load("session_extend")
SESSION_END = _load("session_end")
SESSION_DRAIN = _load("session_drain")
SESSION_OVER = _load("session_over")
SESSION_BURY = _load("session_bury")
SESSION_LIST = _load("session_list")
SESSION_HELD = _load("session_held")

PEEK = _load("peek", "_lanes")
LEASE = _load("lease", "_lanes", repeatable=False)
BEGIN = _load("begin")
APPEND = _load("append")
SETTLE = _load("settle")

RECLAIM = _load("reclaim", repeatable=False)
DUE = _load("due")
PROMOTE = _load("promote", repeatable=False)
SWEEP = _load("sweep", repeatable=False)

PENDING = _load("pending")
FOLLOW = _load("follow")
RELEASE = _load("release", repeatable=False)

GET = _load("get")
READ = _load("read")
WATCH = _load("watch")
UNWATCH = _load("unwatch")
FIND = _load("find")

CANCEL = _load("cancel", "_moved", repeatable=False)
ANSWER = _load("answer", "_moved", repeatable=False)
REQUEUE = _load("requeue", "_moved", repeatable=False)
KEEP = _load("keep", "_moved")
DELETE = _load("delete", "_moved", repeatable=False)

AHEAD = _load("ahead")
QUEUES = _load("queues")
PAUSE = _load("pause")
PURGE = _load("purge", repeatable=False)

SWAP = _load("swap", repeatable=False)

PRESENCE = _load("presence")
LAYOUT = _load("layout")
NOW = _load("now")
