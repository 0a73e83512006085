"""The worker: takes tasks from a broker and runs them, by role.

`connection` speaks with the broker, from a loop that user code can't block; `runner`
runs attempts, in the loop of user code. Between them stands the `exchange`.
"""
