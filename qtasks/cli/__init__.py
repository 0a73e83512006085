"""The `qtasks` command: one file a command group, over the Broker contract."""
