"""Exporting: from the tasks of an app to files in a folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from qtasks import v1
from qtasks.errors import BreakingChanges, ExportRefused
from qtasks.export.catalogue import Catalogue, Untyped, catalogue_of
from qtasks.export.fields import renumbered
from qtasks.export.folder import File, Folder
from qtasks.export.formats import Format
from qtasks.export.golang import golang
from qtasks.export.java import java
from qtasks.export.jsonschema import jsonschema
from qtasks.export.lock import Lock
from qtasks.export.proto import imported, proto
from qtasks.export.signatures import breaking_changes
from qtasks.export.typescript import typescript
from qtasks.typed.naming import snake

WRITERS: Mapping[Format, Callable[[Catalogue], File]] = MappingProxyType(
    {
        Format.JSONSCHEMA: jsonschema,
        Format.PROTO: proto,
        Format.GO: golang,
        Format.TYPESCRIPT: typescript,
        Format.JAVA: java,
    }
)
"""What writes each format: one file an app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What there is to write, and what there is to tell."""

    folder: Folder
    files: Sequence[File]
    """All there are."""
    stale: Sequence[File]
    """Those that are not there yet, or differ."""
    breaking: Sequence[str]
    """What callers of the last export can't do any more."""
    untyped: Sequence[Untyped]
    """What has no type of its own."""
    imports: str = ""
    """The folder of what the `.proto` file imports; empty when there is no such file."""

    def write(self, *, allow_breaking: bool = False) -> None:
        """Write what is not there yet, or differs.

        Raises:
            BreakingChanges: there are such changes, and they are not allowed; nothing
                was written.
            ExportRefused: a file can't be written.
        """
        if self.breaking and not allow_breaking:
            raise BreakingChanges
        self.folder.write(self.stale)


def export(
    app: str, tasks: Iterable[v1.TaskInfo], formats: Iterable[Format], path: Path
) -> Export:
    """Compare the tasks of an app with what was exported before; writes nothing.

    Args:
        app: The app's name.
        tasks: Its tasks as they are registered.
        formats: What to write.
        path: The folder with the exported files, which need not be there.

    Raises:
        ExportRefused: it can't be exported, or not to this folder.
    """
    folder = Folder(path)
    place = f"{snake(app)}.lock.json"
    written = folder.read(place)
    lock = Lock(app) if written is None else Lock.decode(written, str(path / place))
    if lock.app != app:
        raise ExportRefused(
            f"{path / place} is that of the app {lock.app!r}: export {app!r} to another "
            "folder",
            file=str(path / place),
        )
    before = dict(lock.allocation.numbers)
    formats = dict.fromkeys(formats)
    catalogue = catalogue_of(app, tasks, lock.allocation)
    breaking = breaking_changes(lock.signatures, catalogue.signatures)
    breaking += renumbered(before, catalogue.typed, breaking)
    lock.signatures = catalogue.signatures
    files = [
        File(place, lock.encode()),
        *(WRITERS[one](catalogue) for one in formats),
    ]
    return Export(
        folder=folder,
        files=files,
        stale=folder.stale(files),
        breaking=breaking,
        untyped=list(catalogue.untyped()),
        imports=str(imported()) if Format.PROTO in formats else "",
    )
