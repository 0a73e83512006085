"""Names that programs written for qtasks 1.7 import, and where they are now.

All of them stand in one table, `names`. A module of the table is found like any other,
and gives the very things that are at home elsewhere; new programs, and type checkers, use
the homes. A name that has no meaning any more can't be imported, and says what to use
instead.
"""

from qtasks.legacy.finder import install

__all__ = ["install"]
