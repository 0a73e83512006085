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
    if case.role in language.roles
    for storage in case.storages
]


@pytest.mark.parametrize(("language", "storage", "case"), PLAYS)
def test_case(language: str, storage: str, case: Case, played) -> None:
    languages()[language].require()
    played(language, storage, case).result()
