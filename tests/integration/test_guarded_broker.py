"""A broker with TLS, client certificates and tokens, from any language: grpcurl's."""

import json
import subprocess

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from qtasks import v1
from qtasks.brokers.local import LocalBroker
from qtasks.errors import Unauthenticated
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import FAST
from qtasks.transport.status import from_rpc
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from qtasks.v1.worker_service_pb2_grpc import WorkerServiceStub
from qtasks_broker.server import serving
from qtasks_broker.tls import ServerTls
from qtasks_broker.tokens import TokensFile
from tests.integration.command_line import CommandLine
from tests.secrets import TOKEN, Secrets
from tests.tools import require


@pytest.fixture
def secrets(tmp_path):
    return Secrets(tmp_path)


@pytest.fixture
def qtasks(tmp_path):
    return CommandLine(tmp_path)


class Grpcurl:
    """The program, calling the broker that commands find."""

    def __init__(self, qtasks):
        self._program = require("grpcurl")
        self._qtasks = qtasks

    def __call__(self, *words, options=(), code=0):
        address = self._qtasks.environment["QTASKS_BROKER_URL"].partition("://")[2]
        done = subprocess.run(
            [self._program, *options, address, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) == (code == 0), done.stderr
        return done.stdout if code == 0 else done.stderr


@pytest.fixture
def grpcurl(qtasks):
    return Grpcurl(qtasks)


def test_with_everything_grpcurl_gets_in(qtasks, secrets, grpcurl):
    options = ["-cacert", secrets.ca, "-cert", secrets.client_cert]
    options += ["-key", secrets.client_key, "-H", f"authorization: Bearer {TOKEN}"]
    with qtasks.broker(*secrets.tls, *secrets.mutual, *secrets.tokens):
        assert "qtasks.v1.TaskService" in grpcurl("list", options=options)
        submit = ["-d", '{"tasks": [{"name": "job"}]}', *options]
        answer = grpcurl("qtasks.v1.TaskService/Submit", options=submit)
    assert json.loads(answer)["receipts"][0]["state"] == "TASK_STATE_NEW"


def test_what_is_missing_keeps_grpcurl_out(qtasks, secrets, grpcurl):
    known = ["-cacert", secrets.ca]
    shown = [*known, "-cert", secrets.client_cert, "-key", secrets.client_key]
    wrong = ["-H", "authorization: Bearer not-it"]
    with qtasks.broker(*secrets.tls, *secrets.mutual, *secrets.tokens):
        assert "unknown authority" in grpcurl("list", code=1)
        grpcurl("list", options=known, code=1)
        assert "no token" in grpcurl("list", options=shown, code=1)
        assert "does not know this" in grpcurl("list", options=shown + wrong, code=1)


def test_nothing_that_it_says_holds_a_token(qtasks, secrets, grpcurl):
    wrong = "authorization: Bearer hush-hush"
    with qtasks.broker(*secrets.tokens, "--log-level", "debug") as broker:
        options = ["-plaintext", "-H", f"authorization: Bearer {TOKEN}"]
        assert "qtasks.v1.TaskService" in grpcurl("list", options=options)
        said = grpcurl("list", options=["-plaintext", "-H", wrong], code=1)
        broker.terminate()
        said += broker.communicate(timeout=60)[0]
    assert "does not know this token" in said
    assert TOKEN not in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tls-cert", "broker.pem"], "go together"),
        (["--tls-key", "broker-key.pem"], "go together"),
        (["--tls-client-ca", "ca.pem"], "needs TLS"),
        (["--tls-cert", "broker.pem", "--tls-key", "gone.pem"], "gone.pem"),
        (["--tls-cert", "broker.pem", "--tls-key", "client-key.pem"], "client-key.pem"),
        (["--tokens-file", "gone"], "tokens_file gone"),
        (["--tokens-file", "ca.pem"], "line 1"),
    ],
)
def test_files_that_can_not_be_used_are_one_line_and_2(qtasks, secrets, words, said):
    assert secrets.cert.exists()
    serve = ["serve", "--port", "0", "--storage", "memory://"]
    (line,) = qtasks.run(*serve, *words, code=2).stderr.splitlines()
    assert said in line


def test_tokens_in_plain_text_beyond_this_machine_are_warned_of(qtasks, secrets):
    with qtasks.running(
        *("serve", "--port", "0", "--storage", "memory://", "--host", "0.0.0.0"),  # noqa: S104
        *secrets.tokens,
    ) as broker:
        assert broker.stdout is not None
        assert "plain text" in broker.stdout.readline()


# -- the wire -----------------------------------------------------------------------


@pytest.fixture
async def channel(secrets):
    tokens = TokensFile(str(secrets.tokens_file))
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0, tokens=tokens) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield channel


def bearer(token):
    return (("authorization", f"Bearer {token}"),)


CALLS = {
    "unary": lambda channel, metadata: TaskServiceStub(channel).List(
        v1.ListRequest(), metadata=metadata
    ),
    "to the client": lambda channel, metadata: TaskServiceStub(channel).Run(
        v1.RunRequest(), metadata=metadata
    ),
    "both ways": lambda channel, metadata: WorkerServiceStub(channel).Connect(
        metadata=metadata
    ),
    "of nobody": lambda channel, metadata: channel.unary_unary("/some.Service/Call")(
        b"", metadata=metadata
    ),
}


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    "metadata", [(), bearer("not-it"), (("authorization", f"Basic {TOKEN}"),)]
)
async def test_every_kind_of_call_is_refused_in_the_same_way(channel, kind, metadata):
    call = CALLS[kind](channel, metadata)
    assert await call.code() is grpc.StatusCode.UNAUTHENTICATED
    error = from_rpc(
        grpc.aio.AioRpcError(
            await call.code(),
            await call.initial_metadata(),
            await call.trailing_metadata(),
            details=await call.details(),
        )
    )
    assert type(error) is Unauthenticated
    assert "Bearer" in error.message or "does not know" in error.message


async def test_a_token_opens_calls_and_a_new_file_closes_them(channel, secrets):
    stub = TaskServiceStub(channel)
    await stub.List(v1.ListRequest(), metadata=bearer(TOKEN))
    secrets.tokens_file.write_text("another\n")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.List(v1.ListRequest(), metadata=bearer(TOKEN))
    assert rpc_status.from_call(refused.value).details
    await stub.List(v1.ListRequest(), metadata=bearer("another"))


async def test_health_needs_no_token(channel):
    request = health_pb2.HealthCheckRequest()
    answer = await health_pb2_grpc.HealthStub(channel).Check(request)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def checked(server, secrets, name):
    """Make a connection of its own, to a broker of this name."""
    trusted = grpc.ssl_channel_credentials(secrets.ca.read_bytes())
    options = [
        ("grpc.ssl_target_name_override", name),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    async with grpc.aio.secure_channel(server.address, trusted, options) as channel:
        request = health_pb2.HealthCheckRequest()
        await health_pb2_grpc.HealthStub(channel).Check(request)


async def test_a_certificate_is_renewed_without_a_restart(secrets, caplog):
    tls = ServerTls(str(secrets.cert), str(secrets.key))
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0, tls=tls) as server,
    ):
        await checked(server, secrets, "localhost")
        secrets.key.write_text("half written")
        await checked(server, secrets, "localhost")
        assert [record.message for record in caplog.records] == [
            "certificate not renewed"
        ]
        secrets.issue("broker", "renewed.example")
        await checked(server, secrets, "renewed.example")
        with pytest.raises(grpc.aio.AioRpcError, match="Hostname"):
            await checked(server, secrets, "localhost")
