"""What the storages of one process share: the contract's operations, once.

`Tables` says how rows are kept and found; memory and SQLite implement it. A `Ledger`
works on tables, and the operations are functions of a ledger: synchronous, one after
the other, in one transaction each. `EmbeddedStorage` is the contract over them.
"""

from qtasks.storages.embedded.hub import Hub, Mailbox
from qtasks.storages.embedded.ledger import Ledger
from qtasks.storages.embedded.storage import EmbeddedStorage, Operation
from qtasks.storages.embedded.tables import Sketch, Tables

__all__ = [
    "EmbeddedStorage",
    "Hub",
    "Ledger",
    "Mailbox",
    "Operation",
    "Sketch",
    "Tables",
]
