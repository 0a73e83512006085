"""gRPC and nothing above it: channels, calls, streams, errors as statuses."""
