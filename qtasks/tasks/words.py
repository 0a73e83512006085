"""Words: the names by which offloaded tasks are known on the broker."""

from typing import Final

CALL: Final = "qtasks.call"
"""Calls a function."""
CALL_ISOLATED: Final = "qtasks.call_isolated"
"""The same in a process of its own, which a timeout ends."""
ITERATE: Final = "qtasks.iterate"
"""Calls a function with each of a list of arguments."""
ITERATE_ISOLATED: Final = "qtasks.iterate_isolated"
"""The same in a process of its own."""
GATHER: Final = "qtasks.gather"
"""Puts the results of iterations together."""
HOOK: Final = "qtasks.hook"
"""Calls a function with a task that has ended."""
INLINE: Final = "qtasks.inline"
"""What a program called itself, with `sync`."""
ITERATE_INLINE: Final = "qtasks.iterate_inline"
"""What a program called itself with each of a list of arguments."""

CALLS: Final = frozenset({CALL, CALL_ISOLATED, INLINE})
ITERATIONS: Final = frozenset({ITERATE, ITERATE_ISOLATED, ITERATE_INLINE})

TAG: Final = "offloaded"
"""The label of everything that was offloaded."""

HOOK_PATH: Final = "qtasks-hook"
TASK_NAME: Final = "qtasks-task-name"
CACHED: Final = "qtasks-cached"
"""Metadata of offloaded tasks."""
