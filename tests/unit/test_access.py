"""What a client shows a broker: from where it comes, and that a token stays hidden."""

import pytest

from qtasks.access import Access
from qtasks.asyncio import QueueTasks
from qtasks.brokers import GrpcBroker
from qtasks.config import QueueConfig
from qtasks.errors import SettingsError
from qtasks.stats.app_sheet import app_sheet
from qtasks.urls import broker_from_url

HUSH = "hush-hush"


def test_the_environment_says_it():
    environment = {"QTASKS_TOKEN": HUSH, "QTASKS_TLS_CA": "ca.pem", "OTHER": "x"}
    access = Access.from_environment(environment)
    assert access == Access(token=HUSH, tls_ca="ca.pem")
    assert Access.from_environment(access.to_environment()) == access


@pytest.mark.parametrize("brought", [True, False])
def test_brokers_are_made_with_it(brought, monkeypatch):
    monkeypatch.setenv("QTASKS_TOKEN", HUSH)
    given = Access(token="given") if brought else None  # noqa: S106
    expected = "given" if brought else HUSH
    assert GrpcBroker("grpcs://there", given).access.token == expected
    assert broker_from_url("grpcs://there", given).access.token == expected


def test_an_app_is_made_with_its_settings():
    config = QueueConfig(broker_url="grpcs://there", token=HUSH, tls_ca="ca.pem")
    app = QueueTasks(config=config)
    assert app.broker.access == Access(token=HUSH, tls_ca="ca.pem")
    config.token = "another"  # noqa: S105
    assert app.broker.access.token == "another"  # noqa: S105


def test_nothing_that_is_shown_holds_the_token():
    config = QueueConfig(token=HUSH)
    app = QueueTasks(config=config)
    for shown in (config, config.access, app, app.broker, app_sheet(app)):
        assert HUSH not in repr(shown)
        assert HUSH not in str(shown)
    assert "token='***'" in repr(config)


def test_a_file_holds_the_token(tmp_path):
    file = tmp_path / "token"
    file.write_text(f" {HUSH}\n")
    assert Access(token_file=str(file)).bearer() == HUSH
    assert Access(token="first", token_file=str(file)).bearer() == "first"  # noqa: S106
    assert Access().bearer() == ""


@pytest.mark.parametrize("text", ["two words", "caf\u00e9", "line\nline", "a\x00b"])
def test_a_token_that_cant_be_sent_is_refused_and_not_shown(text, tmp_path):
    file = tmp_path / "token"
    file.write_text(text)
    for access in (Access(token=text), Access(token_file=str(file))):
        with pytest.raises(SettingsError, match="must be one token") as refused:
            access.bearer()
        assert text not in str(refused.value)
        assert refused.value.field in {"token", "token_file"}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", None])
def test_a_file_without_a_token_is_refused(content, tmp_path):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="token_file") as refused:
        Access(token_file=str(file)).bearer()
    assert refused.value.field == "token_file"
