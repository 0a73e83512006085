"""The fixtures, in projects of their own: every way to test that users have."""

import sys
import textwrap
from importlib.metadata import entry_points

import pytest

from qtasks.testing import pytest_plugin

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "qtasks.testing.pytest_plugin")

APPS = """
    import pytest
    from qtasks import QueueTasks as SyncQueueTasks
    from qtasks.asyncio import QueueTasks

    app = QueueTasks("shop")

    @app.task
    async def add(a, b):
        return a + b

    sync_app = SyncQueueTasks("shop")

    @sync_app.task
    def multiply(a, b):
        return a * b
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A project with two apps; says how to run its tests."""
    pytester.makeini("[pytest]\nfilterwarnings = error")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)

    def run(test, *options):
        options = options or ("-p", "no:asyncio")
        pytester.makepyfile(
            shop=textwrap.dedent(APPS),
            test_shop="from shop import app, sync_app\n" + textwrap.dedent(test),
        )
        known = () if _plugin_is_installed() else PLUGIN
        return pytester.runpytest_subprocess(*known, *options)

    return run


def _plugin_is_installed():
    found = entry_points(group="pytest11")
    return any(one.value == PLUGIN[1] for one in found)


COROUTINES = """
    async def test_eager(qtasks_eager):
        async with qtasks_eager(app):
            assert (await app.add_task("add", 2, 3)).returning == 5

    async def test_worker(qtasks_worker, qtasks_clock):
        async with qtasks_worker(app) as run:
            assert run.clock is qtasks_clock
            handle = await app.add_task("add", 2, 3, delay=3600)
            await run.advance(3600)
            assert (await handle.refresh()).returning == 5

    async def test_broker(qtasks_broker, qtasks_clock):
        from qtasks.asyncio import QueueTasks
        async with QueueTasks("other", broker=qtasks_broker) as other:
            handle = await other.add_task("anything")
            assert (await handle.refresh()).created_at == qtasks_clock.moment
"""


def test_coroutines_with_pytest_asyncio(project):
    told = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function")
    options = [part for one in told for part in ("-o", one)]
    result = project(COROUTINES, "-p", "no:anyio", *options)
    result.assert_outcomes(passed=3)


MARK = """
import pytest

pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


def test_coroutines_with_the_plugin_of_anyio(project):
    result = project(MARK + textwrap.dedent(COROUTINES), "-p", "no:asyncio")
    result.assert_outcomes(passed=3)


def test_the_example_of_the_documentation(project):
    block = pytest_plugin.__doc__.split("::\n\n")[1].split("\n\n* ")[0]
    result = project(MARK + textwrap.dedent(block), "-p", "no:asyncio")
    result.assert_outcomes(passed=2)


def test_plain_tests_of_a_sync_app(project):
    result = project("""
        def test_eager(qtasks_eager):
            with qtasks_eager(sync_app):
                assert sync_app.add_task("multiply", 2, 3).returning == 6

        def test_worker(qtasks_worker, qtasks_clock):
            with qtasks_worker(sync_app) as run:
                handle = sync_app.add_task("multiply", 2, 3, delay=60)
                qtasks_clock.advance(60)
                assert handle.result(timeout=10) == 6
                assert [task.args for task in run.submitted()] == [[2, 3]]
    """)
    result.assert_outcomes(passed=2)


def test_the_plugin_itself_loads_no_more_of_qtasks(pytester):
    code = (
        "import pytest, sys; before = set(sys.modules); "
        "import qtasks.testing.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    result = pytester.run(sys.executable, "-c", code)
    loaded = set(result.outlines[0].split())
    assert "qtasks.testing.pytest_plugin" in loaded
    assert {one for one in loaded if one.startswith("qtasks.testing.")} == {
        "qtasks.testing.pytest_plugin"
    }
    assert not loaded & {"anyio", "google.protobuf", "grpc", "qtasks.app", "qtasks.v1"}


def test_the_fixtures_are_listed_with_what_they_do(project):
    result = project("def test_nothing(): ...", "--fixtures", "-p", "no:asyncio")
    for name in ("clock", "broker", "worker", "eager"):
        result.stdout.fnmatch_lines([f"qtasks_{name} -- *"])


# -- the suites, from outside ----------------------------------------------------------

OUTSIDE = """
    import pytest
    from qtasks.storages.memory import MemoryStorage
    from qtasks.testing import FakeClock
    from qtasks.testing.storage_suite import StorageRig, StorageSuite

    class Rig(StorageRig):
        def __init__(self):
            self.clock = FakeClock()
            self.storage = {storage}(clock=self.clock)

        def handle(self):
            return self.storage

        def advance(self, seconds):
            self.clock.now += seconds

    class TestMine(StorageSuite):
        @pytest.fixture
        async def rig(self):
            return Rig()

    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""

FORGETFUL = """
    class Forgetful(MemoryStorage):
        async def submit(self, tasks):
            stored = await super().submit(tasks)
            await super().delete([one.id for one in stored])
            return stored
"""


def test_a_storage_of_somebody_else_passes_the_suite(pytester):
    pytester.makepyfile(
        test_mine=textwrap.dedent(OUTSIDE.format(storage="MemoryStorage"))
    )
    result = pytester.runpytest_subprocess("-p", "anyio", "-p", "no:asyncio", "-q")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] > 50
    assert set(outcomes) <= {"passed", "warnings", "warning"}


def test_a_storage_that_keeps_no_promise_fails_the_suite(pytester):
    code = textwrap.dedent(OUTSIDE.format(storage="Forgetful"))
    code = code.replace("class Rig", textwrap.dedent(FORGETFUL) + "\nclass Rig", 1)
    pytester.makepyfile(test_mine=code)
    result = pytester.runpytest_subprocess(
        "-p", "anyio", "-p", "no:asyncio", "-q", "-x"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
