"""`python -m qtasks` is the `qtasks` command."""

from qtasks.cli.main import main

if __name__ == "__main__":
    main()
