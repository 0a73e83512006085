"""Where the functions of tasks run: a file is one place."""
