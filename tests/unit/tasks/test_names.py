"""Names that people can say."""

from hypothesis import given
from hypothesis import strategies as st

from qtasks.client.ids import new_task_id
from qtasks.tasks.names import WORDS, name_of


def test_a_name_follows_from_the_id():
    task_id = "0190f0a4-7a10-7d50-8a00-000000000001"
    assert name_of(task_id) == name_of(task_id)
    assert len(name_of(task_id).split("-")) == 4


def test_there_is_a_word_for_each_byte():
    assert len(set(WORDS)) == 256
    assert all(word.isascii() and word.islower() for word in WORDS)


def test_names_are_unique_enough():
    names = {name_of(new_task_id()) for _ in range(2_000)}
    assert len(names) >= 1_999


@given(st.uuids())
def test_every_id_has_one(uuid):
    assert set(name_of(str(uuid)).split("-")) <= set(WORDS)
