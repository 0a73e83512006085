"""`python -m qtasks_broker`: serve with the settings of the environment."""

import os
import sys

# gRPC's core would say in its own words what is said here in one line; it reads this
# when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from qtasks_broker.serve import main

if __name__ == "__main__":
    sys.exit(main())
