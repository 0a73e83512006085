"""TLS and tokens in every language: a broker that asks for both lets in who has them."""

from contextlib import asynccontextmanager

import anyio
import pytest

from qtasks.asyncio import QueueTasks
from qtasks.config import QueueConfig
from tests.conformance.driver import ClientDriver, Driver
from tests.conformance.languages import ENVIRONMENT, languages
from tests.faults.rig import Rig
from tests.secrets import TOKEN, Secrets

SECONDS = 60


@pytest.fixture
async def rig(tmp_path):
    async with Rig.opened(tmp_path) as rig:
        yield rig


@pytest.fixture
def secrets(tmp_path):
    return Secrets(tmp_path)


@pytest.fixture
async def guarded(rig, secrets):
    """Where a broker that asks for both is."""
    broker = rig.broker(
        "memory://",
        tls_cert=secrets.cert,
        tls_key=secrets.key,
        tokens_file=secrets.tokens_file,
    )
    await broker.start()
    return f"grpcs://localhost:{broker.port}"


def with_role(role):
    return pytest.mark.parametrize(
        "language",
        [
            pytest.param(language, id=name)
            for name, language in languages().items()
            if role in language.roles
        ],
    )


@asynccontextmanager
async def driver(kind, language, folder, *words):
    """A driver that is built and not started yet."""
    language.require()
    await anyio.to_thread.run_sync(language.built)
    async with anyio.create_task_group() as tasks:
        given = language.command(*words), language.at, ENVIRONMENT
        made = kind(*given, folder / "driver.log", tasks)
        try:
            yield made
        finally:
            await made.close()


def client(language, url, secrets, token):
    words = ["client", "--broker", url, "--token", token, "--ca", str(secrets.ca)]
    return driver(ClientDriver, language, secrets.ca.parent, *words, "--app", "guarded")


async def answer_of(language, url, secrets, token):
    async with client(language, url, secrets, token) as asking:
        with anyio.fail_after(SECONDS):
            await asking.start()
            call = await asking.call("submit", {"name": "nothing", "args": "[]"})
            return await call.answered()


@with_role("client")
async def test_a_client_with_both_is_let_in(language, guarded, secrets):
    answer = await answer_of(language, guarded, secrets, TOKEN)
    assert answer["ok"]["taskId"]


@with_role("client")
async def test_a_client_with_a_wrong_token_is_told(language, guarded, secrets):
    answer = await answer_of(language, guarded, secrets, "not-it")
    assert answer["error"]["reason"] == "UNAUTHENTICATED"
    assert "does not know this token" in answer["error"]["message"]


@with_role("worker")
async def test_a_worker_with_both_works(language, guarded, secrets):
    words = ["worker", "--broker", guarded, "--token", TOKEN, "--ca", str(secrets.ca)]
    words += ["--app", "guarded", "--worker-id", "one"]
    config = QueueConfig(broker_url=guarded, token=TOKEN, tls_ca=str(secrets.ca))
    async with (
        driver(Driver, language, secrets.ca.parent, *words) as worker,
        QueueTasks("guarded", config=config) as app,
    ):
        with anyio.fail_after(SECONDS):
            await worker.start()
            task = await app.add_task("add", 1, 2, timeout=SECONDS)
    assert task.returning == 3
