"""Cases are played while pytest asks for their outcomes, and shown as a matrix."""

from concurrent.futures import Future

import anyio.from_thread
import pytest

from tests.conformance.languages import languages
from tests.conformance.matrix import write_matrix
from tests.conformance.suite import Suite


@pytest.fixture(scope="session")
def played(request, tmp_path_factory):
    """The outcome of a case, as a future; all that were selected are under way."""
    chosen = [
        tuple(item.callspec.params[name] for name in ("language", "storage", "case"))
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_case"
    ]
    here = languages()
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            Suite.opened(here, tmp_path_factory.mktemp("conformance"))
        ) as suite,
    ):
        outcomes: dict[tuple[str, str, str, str], Future[None]] = {
            (language, storage, case.role, case.name): portal.start_task_soon(
                suite.play, case, language, storage
            )
            for language, storage, case in chosen
            if all(here[name].present for name in (language, case.worker) if name)
        }
        yield lambda language, storage, case: outcomes[
            language, storage, case.role, case.name
        ]
        for outcome in outcomes.values():
            outcome.cancel()


@pytest.fixture(autouse=True)
def shown(request):
    """Say what the test is of, for the matrix."""
    if hasattr(request.node, "callspec"):
        given = request.node.callspec.params
        if {"language", "storage", "case"} <= given.keys():
            case = given["case"]
            place = (case.role, case.name, given["language"], given["storage"])
            request.node.user_properties.append(("conformance", place))


def pytest_terminal_summary(terminalreporter):
    """Show the matrix."""
    write_matrix(terminalreporter)
