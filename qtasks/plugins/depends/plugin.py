"""The plugin that fills parameters with what dependencies make."""

from typing import Any, ClassVar

from qtasks.plugins.depends.dependency import Dependency, ScopeEnum
from qtasks.plugins.depends.scopes import LastingScope, TaskScope
from qtasks.plugins.filling import filled
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import TaskPlugin

Answer = dict[str, Any]


class DependsPlugin(TaskPlugin):
    """Fills parameters that are marked with `Depends`; each worker has one."""

    kind: ClassVar[str] = "depends"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._lasting: dict[ScopeEnum, LastingScope] = {}
        for scope in list(ScopeEnum)[1:]:
            self._lasting[scope] = LastingScope(self._lasting)
        self._running: dict[int, TaskScope] = {}
        """What is open for attempts, by the identity of their executors."""
        self.handlers = {
            "task_executor_args_replace": self._fill,
            "task_executor_task_close": self._close,
            "worker_stop": self._worker_stopped,
            "broker_stop": self._broker_stopped,
            "storage_stop": self._storage_stopped,
            "global_config_stop": self._global_config_stopped,
        }

    def applies(self, definition: TaskDefinition) -> bool:
        """Whether the task has dependencies."""
        return any(isinstance(one, Dependency) for one in definition.injected.values())

    async def _fill(
        self,
        *,
        task_executor: Any,
        args: list[Any],
        kw: dict[str, Any],
        **_: Any,
    ) -> Answer:
        definition = task_executor.task_func
        scope = TaskScope(self._lasting)
        values = {}
        try:
            for name, one in definition.injected.items():
                if isinstance(one, Dependency):
                    values[name] = await scope.value(one)
        except BaseException as error:
            await scope.close(error)
            raise
        self._running[id(task_executor)] = scope
        return filled(definition, args, kw, values)

    async def _close(self, *, task_executor: Any, **_: Any) -> None:
        scope = self._running.pop(id(task_executor), None)
        if scope is not None:
            await scope.close(task_executor.error)

    async def _worker_stopped(self, **_: Any) -> None:
        await self._lasting[ScopeEnum.WORKER].close()

    async def _broker_stopped(self, **_: Any) -> None:
        await self._lasting[ScopeEnum.BROKER].close()

    async def _storage_stopped(self, **_: Any) -> None:
        await self._lasting[ScopeEnum.STORAGE].close()

    async def _global_config_stopped(self, **_: Any) -> None:
        await self._lasting[ScopeEnum.GLOBAL_CONFIG].close()

    async def release(self) -> None:
        """Close what is still open, the narrowest scope first."""
        for scope in self._lasting.values():
            await scope.close()


class AsyncDependsPlugin(DependsPlugin):
    """The same, under the name async apps know."""


class SyncDependsPlugin(DependsPlugin):
    """The same, under the name sync apps know."""
