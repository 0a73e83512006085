"""Java's text: what every exported class has, and how google-java-format lays lines out."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

WIDTH: Final = 100

HEAD: Final = """\
  /** The namespace of the tasks: give it to the client as well. */
  public static final String APP = {app};

  private final QtasksClient client;

  /** The tasks over a client, which stays open. */
  public {name}(QtasksClient client) {{
    this.client = client;
  }}"""

FOLLOW: Final = """\
  private <Y> Stream<Y> follow(TaskEvents events, TypeReference<Y> type) {
    Stream<TaskEvent> all = StreamSupport.stream(events.spliterator(), false);
    return all.onClose(events::close)
        .mapMulti(
            (event, values) -> {
              if (event.hasYielded()) {
                values.accept(client.decode(event.getYielded().getValue(), type));
              } else if (event.hasFinished()) {
                events.task().result(Object.class, Duration.ofMinutes(1)); // or what went wrong
              }
            });
  }"""

TAIL: Final = """\
  /** A task that was submitted, and returns an {@code R}. */
  public record Submitted<R>(Task task, TypeReference<R> type) {
    /** Waits for what it returns. */
    public R result(Duration timeout) {
      return task.result(type, timeout);
    }

    /** What it returns; no thread waits. */
    public CompletableFuture<R> resultAsync() {
      return task.resultAsync(type);
    }
  }"""

_IMPORTS: Final = {
    "ArrayList": "java.util.ArrayList",
    "BigInteger": "java.math.BigInteger",
    "CompletableFuture": "java.util.concurrent.CompletableFuture",
    "Duration": "java.time.Duration",
    "JsonInclude": "com.fasterxml.jackson.annotation.JsonInclude",
    "JsonProperty": "com.fasterxml.jackson.annotation.JsonProperty",
    "List": "java.util.List",
    "Map": "java.util.Map",
    "QtasksClient": "io.qtasks.QtasksClient",
    "RawValue": "com.fasterxml.jackson.databind.util.RawValue",
    "Stream": "java.util.stream.Stream",
    "StreamSupport": "java.util.stream.StreamSupport",
    "Task": "io.qtasks.Task",
    "TaskCall": "io.qtasks.TaskCall",
    "TaskEvent": "io.qtasks.v1.TaskEvent",
    "TaskEvents": "io.qtasks.TaskEvents",
    "TypeReference": "com.fasterxml.jackson.core.type.TypeReference",
}
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*/": "*&#47;"}


def imports(body: str) -> Iterator[str]:
    """The imports of what a class uses."""
    code = re.sub(r"/\*\*.*?\*/|\"(?:\\.|[^\"\\])*\"", "", body, flags=re.DOTALL)
    used = set(re.findall(r"\w+", code))
    yield from sorted(
        f"import {path};" for name, path in _IMPORTS.items() if name in used
    )


def fitting(head: str, items: Sequence[str], tail: str, indent: int) -> list[str]:
    """A list of things on one line; else below, on one line or on a line each."""
    listed = ", ".join(items)
    if indent + len(head) + len(listed) + len(tail) <= WIDTH or not items:
        return [f"{head}{listed}{tail}"]
    if indent + 4 + len(listed) + len(tail) <= WIDTH:
        return [head, f"    {listed}{tail}"]
    ends = [","] * (len(items) - 1) + [tail]
    lines = [head]
    for item, end in zip(items, ends, strict=True):
        note, parted, rest = item.rpartition(") ")
        if indent + 4 + len(item) + len(end) > WIDTH and parted and item[0] == "@":
            lines += [f"    {note})", f"        {rest}{end}"]
        else:
            lines.append(f"    {item}{end}")
    return lines


def doc(
    texts: Iterable[str], indent: int = 0, params: Sequence[tuple[str, str]] = ()
) -> list[str]:
    """A comment above something.

    Args:
        texts: What it says, in one paragraph.
        indent: How far in it is.
        params: The names of components or parameters, and what they are.
    """
    text = " ".join(_safe(" ".join(texts)).split())
    if not params and indent + len(text) + len("/**  */") <= WIDTH:
        return [f"/** {text} */"]
    room = WIDTH - indent - len(" * ")
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    if params:
        lines.append("")
    for name, told in params:
        lines += textwrap.wrap(
            f"@param {name} {' '.join(_safe(told).split())}",
            room,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return ["/**", *(f" * {line}".rstrip() for line in lines), " */"]


def _safe(text: str) -> str:
    """Text that is neither HTML nor the end of the comment; `{@code ...}` stays."""
    parts = re.split(r"(\{@code [^{}]*\})", text)
    for place in range(0, len(parts), 2):
        for old, new in _ESCAPES.items():
            parts[place] = parts[place].replace(old, new)
        parts[place] = parts[place].replace("@", "&#64;")
    return "".join(parts)
