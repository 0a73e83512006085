"""The middleware contract: a class made with the task executor, and called once.

The middlewares of an app run around those of the worker, and these around the task's own.
"""

from collections.abc import Iterable
from typing import Any, Literal

from qtasks.colours import Colour, is_coroutine_function
from qtasks.errors import InvalidField, WrongColour, WrongComponent

Position = Literal["before", "after"]


class MiddlewareStack:
    """The middlewares of an app: those before its tasks, and those after."""

    def __init__(self) -> None:
        self.before: list[Any] = []
        self.after: list[Any] = []

    def add(
        self, middleware: Any, position: str, *, colour: Colour | None = None
    ) -> None:
        """Have a middleware run with each task.

        Args:
            middleware: The class.
            position: `before` or `after` the task.
            colour: That of the app.

        Raises:
            InvalidField: the position is another.
            WrongComponent: it is no class.
            WrongColour: it is made for the other kind of app.
        """
        if position not in ("before", "after"):
            raise InvalidField(
                f"position must be 'before' or 'after', not {position!r}",
                field="position",
            )
        check_middleware(middleware, colour)
        (self.before if position == "before" else self.after).append(middleware)


def check_middleware(middleware: Any, colour: Colour | None = None) -> None:
    """Raise for what can't be a middleware.

    Raises:
        WrongComponent: it can't be called with the task executor.
        WrongColour: it is made for the other kind of app.
    """
    if not callable(middleware):
        raise WrongComponent(
            f"a middleware must be a class, not {middleware!r:.80}", field="middleware"
        )
    if not isinstance(middleware, type):
        name = type(middleware).__name__
        if not hasattr(middleware, "__name__"):
            raise WrongComponent(
                f"a middleware must be a class, of which one is made for each attempt; "
                f"pass {name} itself, not one of it",
                field="middleware",
            )
        return
    call = next(
        (
            one.__dict__["__call__"]
            for one in middleware.__mro__
            if "__call__" in vars(one)
        ),
        None,
    )
    if call is None:
        raise WrongComponent(
            f"the middleware {middleware.__name__} has no `__call__`; derive it from "
            "qtasks.middlewares.TaskMiddleware",
            field="middleware",
        )
    made_of: Colour = "async" if is_coroutine_function(call) else "sync"
    plain_base = getattr(call, "__module__", "").startswith("qtasks.")
    if colour is not None and made_of != colour and not plain_base:
        needed = "`async def`" if colour == "async" else "a plain `def`"
        raise WrongColour(
            f"__call__ of the middleware {middleware.__name__} is made for {made_of} "
            f"apps, and this app is {colour}: there it must be {needed}",
            field="middleware",
        )


def check_all(middlewares: Iterable[Any], colour: Colour | None = None) -> None:
    """Check several; see `check_middleware`."""
    for middleware in middlewares:
        check_middleware(middleware, colour)
