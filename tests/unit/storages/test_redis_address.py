"""URLs of Redis: what they stand for, what is refused, what is never shown."""

import pytest

from qtasks.errors import SettingsError
from qtasks.storages.redis import RedisStorage
from qtasks.storages.redis.address import Address


@pytest.mark.parametrize(
    ("url", "how", "hosts", "master", "db"),
    [
        ("redis://localhost:7000/2", "", (), "", 2),
        ("unix:///run/redis.sock?db=3", "", (), "", 3),
        (
            "redis+sentinel://a:1,b/master/1",
            "sentinel",
            (("a", 1), ("b", 26379)),
            "master",
            1,
        ),
        ("redis+sentinel://[::1]:5/m", "sentinel", (("::1", 5),), "m", 0),
        ("rediss+cluster://a,b:7001", "cluster", (("a", 6379), ("b", 7001)), "", 0),
    ],
)
def test_what_a_url_stands_for(url, how, hosts, master, db):
    address = Address.parse(url)
    assert (address.how, address.hosts) == (how, hosts)
    assert (address.master, address.db) == (master, db)


def test_logins_and_options_are_read():
    address = Address.parse("rediss+sentinel://me:p%40ss@a/m?socket_timeout=2.5")
    assert address.options["username"] == "me"
    assert address.options["password"] == "p@ss"  # noqa: S105
    assert address.options["ssl"] is True
    assert address.options["socket_timeout"] == 2.5


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:6379",
        "redis+sentinel://localhost:26379",
        "redis+cluster://",
        "redis+cluster://localhost:many",
        "redis://localhost:notaport",
        "redis://localhost?socket_timeout=soon",
    ],
)
def test_what_is_not_a_url(url):
    with pytest.raises(SettingsError):
        RedisStorage(url)


@pytest.mark.parametrize(
    "values", [{"partitions": 0}, {"prefix": ""}, {"prefix": "a{b}"}]
)
def test_settings_that_can_not_be(values):
    with pytest.raises(SettingsError):
        RedisStorage("redis://localhost", **values)


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:secret@localhost:6379/1",
        "redis+sentinel://user:secret@a:1,b:2/master/1",
        "redis+cluster://:secret@a:1",
        "redis://localhost?password=secret",
    ],
)
def test_a_password_is_never_shown(url):
    address = Address.parse(url)
    assert "secret" not in address.label
    assert "secret" not in repr(address)


def test_a_password_is_not_shown_by_an_error():
    with pytest.raises(SettingsError) as caught:
        Address.parse("redis://user:secret@localhost:notaport")
    assert "secret" not in str(caught.value)
