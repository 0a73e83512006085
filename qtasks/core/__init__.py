"""The rules of the queue: pure, `now` is an argument; no I/O and no event loop."""
