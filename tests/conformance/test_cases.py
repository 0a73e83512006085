"""Every case, in every language that has the role, on every storage."""

import pytest

from tests.conformance.cases import Case, cases
from tests.conformance.languages import languages

PLAYS = [
    pytest.param(
        name,
        storage,
        case,
        id=f"{name}-{case.role}-{storage}-{case.name}",
    )
    for name, language in languages().items()
    for case in cases()
    if case.part in language.roles
    for storage in case.storages
]


@pytest.mark.parametrize(("language", "storage", "case"), PLAYS)
def test_case(language: str, storage: str, case: Case, played) -> None:
    for name in filter(None, (language, case.worker)):
        languages()[name].require()
    played(language, storage, case).result()
