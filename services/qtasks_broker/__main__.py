"""`python -m qtasks_broker`: serve with the settings of the environment."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import fields

# gRPC's core would say in its own words what is said here in one line; it reads this
# when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from qtasks_broker.serve import main
from qtasks_broker.settings import Settings, variable_of


def read_arguments() -> None:
    """There are none but `--help`; anything else ends the program with exit code 2."""
    variables = "\n".join(
        f"  {variable_of(field.name):<20} {field.default}" for field in fields(Settings)
    )
    ArgumentParser(
        prog="python -m qtasks_broker",
        description="Serve until told to stop, with the settings of the environment.",
        epilog=f"settings and their defaults:\n{variables}\n\n"
        "`qtasks serve` takes the same as options, and says what they mean.",
        formatter_class=RawDescriptionHelpFormatter,
    ).parse_args()


if __name__ == "__main__":
    read_arguments()
    sys.exit(main())
