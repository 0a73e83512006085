"""`python -m qtasks_broker`: serve with the settings of the environment."""

import sys

from qtasks_broker.serve import main

if __name__ == "__main__":
    sys.exit(main())
