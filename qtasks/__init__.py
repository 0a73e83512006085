"""qtasks: a distributed task queue whose wire is gRPC."""
