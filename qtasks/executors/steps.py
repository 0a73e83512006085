"""The steps of an attempt, as they are when nobody overrides them.

Written once, as coroutines that wait for nothing but `called`: the asynchronous executor
awaits them in the loop, the synchronous one drives them in its thread.
"""

from datetime import timedelta
from typing import Any

from qtasks.abc.task_executor import BaseTaskExecutor, DecodeFailed
from qtasks.colours import called
from qtasks.context import Retry, TaskCancelError, TaskPluginTriggerError
from qtasks.errors import ArgumentInvalid
from qtasks.task.arguments import args_info
from qtasks.task.backoff import wait_of

SIGNALS = (Retry, TaskCancelError)
"""Raised to say something, not because of an error."""


async def execute(executor: BaseTaskExecutor, decode: bool) -> Any:  # noqa: FBT001
    """Carry an attempt out."""
    try:
        await _to_result(executor)
    finally:
        await called(executor.execute_middlewares_after)
    if decode:
        try:
            executor.result = await called(executor.decode)
        except Exception as error:
            raise DecodeFailed from error
    return executor.result


async def _to_result(executor: BaseTaskExecutor) -> None:
    try:
        await called(executor.execute_middlewares_before)
        await _replace_arguments(executor)
        await called(executor.before_execute)
        executor.result = await called(executor.run_task)
        if (reason := executor.surroundings.stopped()) is not None:
            raise TaskCancelError(reason)  # noqa: TRY301  # for what looks at `error`
        await called(executor.after_execute)
    except SIGNALS as signal:
        executor.error = signal
        raise
    except Exception as error:  # noqa: BLE001  # a task may raise anything
        executor.error = error
        executor.result = await _recovered(executor, error)
        executor.error = None
    except BaseException as error:
        executor.error = error
        raise


async def _recovered(executor: BaseTaskExecutor, error: Exception) -> Any:
    """The result in spite of an error; raises when there is none."""
    if isinstance(error, TaskPluginTriggerError):
        answer = await fire(
            executor,
            "task_executor_run_task_trigger_error",
            task_func=executor.task_func,
            task_broker=executor.task_broker,
            e=error,
        )
        if "result" in answer:
            return answer["result"]
    try:
        return await called(executor.on_error, error)
    except BaseException as raised:
        executor.error = raised
        raise


async def fire(
    executor: BaseTaskExecutor, trigger: str, **given: Any
) -> dict[str, Any]:
    """Ask the plugins of an executor; what they changed."""
    plugins = executor.plugins
    if not plugins or not plugins.wants(trigger):
        return {}
    return await plugins.fire(trigger, task_executor=executor, **given)


async def _replace_arguments(executor: BaseTaskExecutor) -> None:
    plugins = executor.plugins
    if not plugins or not plugins.wants("task_executor_args_replace"):
        return
    args, kwargs = executor.args, executor.kwargs
    changed = await fire(
        executor,
        "task_executor_args_replace",
        args=args,
        kw=kwargs,
        args_info=args_info(executor.task_func, args, kwargs),
    )
    executor.args = changed.get("args", args)
    executor.kwargs = changed.get("kw", kwargs)


# -- the steps -----------------------------------------------------------------------------


async def execute_middlewares_before(executor: BaseTaskExecutor) -> None:
    """Call the middlewares before."""
    before = executor.surroundings.before
    await fire(
        executor,
        "task_executor_middlewares_execute",
        middlewares_before=list(before),
        middlewares_after=[],
    )
    for middleware in before:
        await _pass(executor, middleware)


async def execute_middlewares_after(executor: BaseTaskExecutor) -> None:
    """Call the middlewares after; each, also when one of them fails."""
    after = executor.surroundings.after
    await fire(
        executor,
        "task_executor_middlewares_execute",
        middlewares_before=[],
        middlewares_after=list(after),
    )
    failed: Exception | None = None
    for middleware in after:
        try:
            await _pass(executor, middleware)
        except Exception as error:  # noqa: BLE001  # it is the task's error
            failed = failed or error
            executor.error = executor.error or error
    if failed is not None:
        raise failed


async def _pass(executor: BaseTaskExecutor, middleware: Any) -> None:
    made = await called(middleware, executor)
    answer = await called(made) if callable(made) else made
    if answer is not None and answer is not executor:
        raise TypeError(
            f"the middleware {getattr(middleware, '__name__', middleware)!r} must return "
            f"the task executor it was given, or nothing, not {answer!r:.80}"
        )


async def before_execute(executor: BaseTaskExecutor) -> None:
    """Tell the plugins."""
    await fire(executor, "task_executor_before_execute")


async def run_task(executor: BaseTaskExecutor) -> Any:
    """Call the function; the result as plugins leave it."""
    result = await called(executor.surroundings.call, executor.args, executor.kwargs)
    if executor.task_func.generating:
        changed = await fire(executor, "task_executor_run_task_gen", results=result)
        return changed.get("results", result)
    changed = await fire(executor, "task_executor_run_task", result=result)
    return changed.get("result", result)


async def on_error(executor: BaseTaskExecutor, error: Exception) -> Any:  # noqa: ARG001
    """Pass it on."""
    raise error


async def after_execute(executor: BaseTaskExecutor) -> None:
    """Tell the plugins; they may replace the result."""
    await fire(executor, "task_executor_after_execute")
    changed = await fire(
        executor,
        "task_executor_after_execute_result_replace",
        result=executor.result,
    )
    executor.result = changed.get("result", executor.result)


async def decode(executor: BaseTaskExecutor) -> Any:
    """The result as the task's `decode` makes it, and plugins leave it."""
    result = executor.result
    decode_of_task = executor.task_func.decode or executor.decode_cls
    if decode_of_task is not None:
        result = decode_of_task(result)
    changed = await fire(executor, "task_executor_decode", result=result)
    return changed.get("result", result)


async def should_retry(executor: BaseTaskExecutor, error: Exception) -> bool:
    """As `retry_on_exc` says; an argument that is not valid never will be."""
    if isinstance(error, ArgumentInvalid):
        return False
    listed = executor.task_func.retry_on_exc
    return isinstance(error, Retry) or not listed or isinstance(error, listed)


async def retry_delay(
    executor: BaseTaskExecutor, error: Exception
) -> float | timedelta | None:
    """As `Retry` or `retry_backoff` says."""
    return wait_of(executor.task_func, executor.task_broker.attempt, error)
