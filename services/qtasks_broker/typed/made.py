"""Made: the services and messages of an app, ready to be called."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from qtasks import v1
from qtasks.errors import InvalidField, TaskNotRegistered
from qtasks.spelling import did_you_mean
from qtasks.typed import (
    Allocation,
    Arguments,
    Results,
    TypedTask,
    file_of,
    pool_of,
    typed_app,
)
from qtasks.typed.naming import pascal


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a typed service."""

    task: TypedTask
    streams: bool
    """Whether it follows the task, or waits for its end."""


class MadeApp:
    """The services and messages of an app.

    Args:
        app: Its name.
        part: What stands for it in the package.
        encoded: Its tasks as they are registered.
        allocation: The names and numbers of before; gets the new ones.
    """

    def __init__(
        self,
        app: str,
        part: str,
        encoded: Mapping[str, bytes],
        allocation: Allocation,
    ) -> None:
        infos = [v1.TaskInfo.FromString(one) for one in encoded.values()]
        self.typed = typed_app(app, infos, allocation, part=part)
        self.arguments = Arguments(self.typed)
        self.results = Results(self.typed)
        file = file_of(self.typed)
        self.file = file.SerializeToString()
        """The file as it is described, with comments."""
        self.pool = pool_of(file)
        self._calls = {}
        for task in self.typed.tasks:
            self._calls[f"{task.service}/{task.method}"] = Call(task, streams=False)
            stream = f"{task.service}/{task.stream_method}"
            self._calls[stream] = Call(task, streams=True)

    @property
    def services(self) -> list[str]:
        """The full names of its services."""
        return sorted({self._full(task.service) for task in self.typed.tasks})

    def call(self, name: str) -> Call:
        """A call by service and method; raises `TaskNotRegistered`."""
        found = self._calls.get(name)
        if found is None:
            raise TaskNotRegistered(self._why_not(name))
        return found

    def _why_not(self, name: str) -> str:
        method = name.rpartition("/")[2].removesuffix("Stream")
        for task, why in self.typed.refused.items():
            if pascal(task).endswith(method):
                return (
                    f"there is no {self._full(name)}; the task {task!r} of the app has "
                    f"none, because {why}"
                )
        return unknown(self._full(name), [self._full(one) for one in self._calls])

    def request(self, call: Call, data: bytes) -> Message:
        """The request of a call; raises `InvalidField` for bytes that are none."""
        request = self.message(call.task.request.name)
        try:
            request.ParseFromString(data)
        except DecodeError as error:
            name = call.task.request.name
            raise InvalidField(f"the request is no {name}: {error}") from error
        return request

    def message(self, name: str) -> Message:
        """An empty message of the app."""
        return GetMessageClass(self.pool.FindMessageTypeByName(self._full(name)))()

    def has(self, symbol: str) -> bool:
        """Whether something of a full name is in its file."""
        if not symbol.startswith(f"{self.typed.package}."):
            return False
        try:
            self.pool.FindFileContainingSymbol(symbol)
        except KeyError:
            # A pool finds no methods in this way.
            service, _, method = symbol.rpartition(".")
            return f"{service.rpartition('.')[2]}/{method}" in self._calls
        return True

    def _full(self, name: str) -> str:
        return f"{self.typed.package}.{name}"


def unknown(name: str, known: list[str]) -> str:
    """Say that there is no call of a name, and which was meant."""
    hint = did_you_mean(name, known) or "; `grpcurl HOST list` names the services"
    return f"there is no {name}{hint}"
