"""Where tasks live: one storage a folder; import the one you want from there."""
