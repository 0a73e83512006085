"""The demo: a folder's files measured by workers over gRPC, with live bars."""
