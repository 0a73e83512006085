"""The version of qtasks, told once."""

__version__ = "0.1.0"
