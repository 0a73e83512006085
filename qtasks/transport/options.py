"""The gRPC options of both sides, which must fit each other (one constant each)."""

KEEPALIVE_MS = 30_000
"""How often an idle connection is pinged; only frees sockets, leases have heartbeats."""

PING_TIMEOUT_MS = 10_000

CONNECT_MS = 5_000
"""How long an attempt to connect may take: the way may be long, or a machine busy. It does
not hold up the next attempt after one that was refused."""

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""gRPC's default in every language, said aloud."""

Options = list[tuple[str, int | str]]

_BOTH: Options = [
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", PING_TIMEOUT_MS),
    ("grpc.http2.ping_timeout_ms", PING_TIMEOUT_MS),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
]

CLIENT: Options = [
    *_BOTH,
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # How long one attempt to connect may take, whatever its name says.
    ("grpc.min_reconnect_backoff_ms", CONNECT_MS),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.lb_policy_name", "round_robin"),
]

SERVER: Options = [
    *_BOTH,
    # Half of what clients of ours send, so that theirs are never too many.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    ("grpc.keepalive_permit_without_calls", 1),
    # A second server on the port must fail, not share it.
    ("grpc.so_reuseport", 0),
]
