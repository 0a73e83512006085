"""What all middlewares have."""


class BaseMiddleware:
    """Takes part in what a component does.

    Args:
        name: Names it in logs; the class's own if none is given.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__
