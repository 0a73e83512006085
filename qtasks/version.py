"""The version of this distribution, in the one place it stands."""

__version__ = "0.1.0"
