"""Files that may be written again while the broker runs."""

from pathlib import Path

Written = tuple[int, ...]


def written(path: str) -> Written:
    """What is another after a file was written; empty while there is none."""
    try:
        stat = Path(path).stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
