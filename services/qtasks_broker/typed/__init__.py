"""Typed tasks in the broker: what `qtasks.typed` makes, kept fresh, and how to call it."""
