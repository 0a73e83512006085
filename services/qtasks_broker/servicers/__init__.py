"""One file a proto service; each method calls the broker and nothing else."""
