"""The tokens file: what it may hold, and that it is read again."""

import pytest

from qtasks.errors import SettingsError
from qtasks_broker.tokens import TokensFile


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("# of the office\nfirst-token\n\n  second-token  \n")
    return path


def test_knows_each_line_and_nothing_else(file):
    tokens = TokensFile(str(file))
    assert tokens.knows("first-token")
    assert tokens.knows("second-token")
    for word in ("", "first", "first-token2", "# of the office", "première", "\ud800"):
        assert not tokens.knows(word)


def test_what_is_written_counts_from_the_next_call(file):
    tokens = TokensFile(str(file))
    file.write_text("third-token\n")
    assert tokens.knows("third-token")
    assert not tokens.knows("first-token")


@pytest.mark.parametrize("broken", ["", "# nothing\n", "two words\n", None])
def test_a_file_that_cant_be_used_later_is_told_once(file, broken, caplog):
    tokens = TokensFile(str(file))
    file.unlink()
    if broken is not None:
        file.write_text(broken)
    assert tokens.knows("first-token")
    assert tokens.knows("second-token")
    (record,) = caplog.records
    assert str(file) in record.error
    file.write_text("first-token\n")
    assert not tokens.knows("second-token")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no token"),
        (b"# only words\n", "holds no token"),
        (b"fine\nhush hush\n", "line 2"),
        ("gehe\u00efm\n".encode(), "line 1"),
        (b"hu\x07sh\n", "line 1"),
        (b"\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_file_that_cant_be_used_is_refused_without_its_words(file, content, said):
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=said) as refused:
        TokensFile(str(file))
    assert str(file) in str(refused.value)
    assert refused.value.field == "tokens_file"
    for word in content.split():
        assert len(word) < 3 or word.decode(errors="replace") not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        TokensFile(str(tmp_path / "none"))
