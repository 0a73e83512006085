"""Python's client, worker and command at a broker with TLS, certificates and tokens."""

import dataclasses

import anyio
import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks import v1
from qtasks.access import Access
from qtasks.asyncio import QueueTasks
from qtasks.brokers import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.config import QueueConfig
from qtasks.errors import (
    BrokerUnavailable,
    SettingsError,
    TlsFailed,
    Unauthenticated,
)
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import FAST
from qtasks_broker.server import serving
from qtasks_broker.tls import ServerTls
from qtasks_broker.tokens import TokensFile
from tests.integration.command_line import CommandLine, line_with
from tests.secrets import TOKEN, Secrets

APP = """
from qtasks import QueueTasks

app = QueueTasks("guarded")


@app.task
def count(n: int):
    yield from range(n)
    return n
"""


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    return Secrets(tmp_path_factory.mktemp("secrets"))


@pytest.fixture
def access(secrets):
    return Access(
        token_file=str(secrets.token_file),
        tls_ca=str(secrets.ca),
        tls_cert=str(secrets.client_cert),
        tls_key=str(secrets.client_key),
    )


@pytest.fixture
async def guarded(secrets):
    """A broker that asks for everything."""
    tls = ServerTls(str(secrets.cert), str(secrets.key), str(secrets.ca))
    tokens = TokensFile(str(secrets.tokens_file))
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0, tls=tls, tokens=tokens) as server,
    ):
        yield server


async def asked(url, access):
    async with GrpcBroker(url, access) as broker:
        return await broker.list_queues(v1.ListQueuesRequest())


# -- what works -----------------------------------------------------------------------


def app_at(server, access, kind=QueueTasks):
    given = dataclasses.asdict(access)
    config = QueueConfig(broker_url=f"grpcs://{server.address}", **given)
    app = kind("guarded", config=config)

    @app.task
    def double(n: int):
        yield n
        return 2 * n

    return app


async def test_an_app_and_its_worker_are_let_in(guarded, access):
    app = app_at(guarded, access)
    async with app, app.worker():
        task = await app.add_task("double", 21, timeout=30)
        assert task.returning == 42


async def test_a_sync_app_is_let_in(guarded, access):
    app = app_at(guarded, access)
    async with app, app.worker():
        sync = app_at(guarded, access, SyncQueueTasks)
        task = await anyio.to_thread.run_sync(
            lambda: sync.add_task("double", 4, timeout=30)
        )
        await anyio.to_thread.run_sync(sync.stop)
    assert task.returning == 8


@pytest.mark.parametrize("form", ["grpcs://{}", "grpcs+dns:///{}"])
async def test_the_forms_of_an_address(guarded, access, form):
    for host in ("127.0.0.1", "localhost"):
        await asked(form.format(f"{host}:{guarded.port}"), access)


async def test_several_hosts_show_a_certificate_for_the_first(secrets, access):
    tls = ServerTls(str(secrets.cert), str(secrets.key))
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0, tls=tls) as first,
        serving(broker, "127.0.0.2", 0, tls=tls) as second,
    ):
        url = f"grpcs://{first.address},{second.address}"
        async with GrpcBroker(url, access) as client:
            for _ in range(4):  # each in its turn
                await client.list_queues(v1.ListQueuesRequest())


# -- what a user meets ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "error", "said"),
    [
        ({"token_file": ""}, Unauthenticated, "QTASKS_TOKEN"),
        ({"token": "wrong"}, Unauthenticated, "does not know this token"),
        ({"tls_ca": ""}, TlsFailed, "QTASKS_TLS_CA"),
        ({"tls_cert": "", "tls_key": ""}, BrokerUnavailable, "QTASKS_TLS_CERT"),
        ({"tls_key": ""}, SettingsError, "go together"),
    ],
)
async def test_what_is_missing_is_named(guarded, access, missing, error, said):
    url = f"grpcs://{guarded.address}"
    with pytest.raises(error, match=said):
        await asked(url, dataclasses.replace(access, **missing))


async def test_a_stream_says_it_too(guarded, access):
    wrong = dataclasses.replace(access, token="wrong")  # noqa: S106
    async with GrpcBroker(f"grpcs://{guarded.address}", wrong) as broker:
        async with broker.subscribe() as stream:
            with pytest.raises(Unauthenticated):
                await stream.receive()
        async with broker.run(v1.RunRequest()) as events:
            with pytest.raises(Unauthenticated):
                await anext(events)


async def test_a_plain_url_at_a_broker_with_tls(guarded, access):
    with pytest.raises(BrokerUnavailable, match="use grpcs://"):
        await asked(f"grpc://{guarded.address}", access)


async def test_tls_at_a_plain_broker(access):
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
    ):
        with pytest.raises(TlsFailed, match="use grpc://"):
            await asked(f"grpcs://{server.address}", access)


async def test_a_certificate_for_another_name(secrets, access):
    tls = ServerTls(*map(str, secrets.issue("other", "other.example")))
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0, tls=tls) as server,
    ):
        with pytest.raises(TlsFailed, match="another host"):
            await asked(f"grpcs://{server.address}", access)


@pytest.mark.parametrize("wrong", [{"token": "wrong"}, {"tls_ca": ""}])
async def test_a_worker_that_is_refused_ends(guarded, access, wrong):
    app = app_at(guarded, dataclasses.replace(access, **wrong))
    with anyio.fail_after(30), pytest.raises((Unauthenticated, TlsFailed)):
        async with app, app.worker():
            await anyio.sleep_forever()


async def test_a_token_that_others_could_read_is_warned_of(caplog, access):
    plain = Access(token=TOKEN)
    for url in ("grpc://127.0.0.1", "grpc://[::1]:1", "grpc+unix:/run/q.sock"):
        async with GrpcBroker(url, plain):
            pass
    async with GrpcBroker("grpcs://broker.example", access):
        pass
    assert not caplog.records
    for url in ("grpc://broker.example", "grpc+dns:///broker.example:1"):
        async with GrpcBroker(url, plain):
            pass
    assert [record.url for record in caplog.records] == [
        "grpc://broker.example",
        "grpc+dns:///broker.example:1",
    ]
    assert TOKEN not in caplog.text


# -- the command ------------------------------------------------------------------------


@pytest.fixture
def qtasks(tmp_path, access):
    (tmp_path / "guarded.py").write_text(APP)
    return CommandLine(tmp_path, **access.to_environment())


def everything(secrets):
    return (*secrets.tls, *secrets.mutual, *secrets.tokens)


def test_the_environment_lets_commands_and_workers_in(qtasks, secrets):
    with (
        qtasks.broker(*everything(secrets)),
        qtasks.running("-A", "guarded:app", "run") as worker,
    ):
        line_with(worker, "worker connected")
        lines = qtasks.lines("-A", "guarded:app", "submit", "count", "3", "--watch")
        assert lines[-1].endswith("success\t3")
        sheet = qtasks.run("-A", "guarded:app", "stats", "inspect", "app").stdout
    assert "token_file" in sheet
    assert TOKEN not in sheet


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ping"], 2),
        (["-A", "guarded:app", "run"], 2),
        (["-A", "guarded:app", "run", "--processes", "2"], 1),
        (["-A", "guarded:app", "submit", "count", "3", "--watch"], 2),
    ],
)
def test_a_wrong_token_ends_it_and_says_what_to_do(qtasks, secrets, words, code):
    with qtasks.broker(*everything(secrets)):
        qtasks.environment["QTASKS_TOKEN"] = "wrong-token"  # noqa: S105
        said = qtasks.run(*words, code=code).stderr
    assert "does not know this token" in said
    assert "QTASKS_TOKEN_FILE" in said
    assert "wrong-token" not in said


def test_an_app_that_says_it_in_code_is_asked(qtasks, secrets, access):
    given = dataclasses.asdict(access)
    (qtasks.folder / "inside.py").write_text(
        "from qtasks import QueueTasks\n"
        "from qtasks.config import QueueConfig\n"
        f"app = QueueTasks('inside', config=QueueConfig(**{given!r}))\n"
    )
    with qtasks.broker(*everything(secrets)):
        for name in access.to_environment():
            del qtasks.environment[name]
        assert "answered in" in qtasks.run("-A", "inside:app", "ping").stdout
