"""What plugins of the component `starter` get and may return."""

from qtasks.abc.starter import Starter
from qtasks.given.base import Given


class StarterStartGiven(Given):
    """What a handler of `starter_start` gets."""

    starter: Starter


class StarterStopGiven(Given):
    """What a handler of `starter_stop` gets."""

    starter: Starter
