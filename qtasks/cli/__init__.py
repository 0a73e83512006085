"""The `qtasks` command: one file a command group, over the Broker contract."""

import os

# The transport would complain on stderr beside our one line. It looks when it is
# imported, so this stands before any other import of the command.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
