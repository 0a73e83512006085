"""What apps, routers, tasks and parameters are called in a `.proto` file."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.typed.naming import (
    Names,
    package_of,
    package_part,
    pascal,
    snake,
    upper,
)
from qtasks.typed.schema import field_names
from tests.unit.typed.typed_rig import INTEGER, Made, registered


@pytest.mark.parametrize(
    ("app", "package"),
    [
        ("QueueTasks", "queue_tasks.tasks.v1"),
        ("myapp", "myapp.tasks.v1"),
        ("my-app", "my_app.tasks.v1"),
        ("My.App 2", "my_app_2.tasks.v1"),
        ("2fast", "x2fast.tasks.v1"),
        ("class", "class_app.tasks.v1"),
        ("café", "cafe.tasks.v1"),
        ("задачи", "xa862f39b.tasks.v1"),
    ],
)
def test_packages_of_apps(app: str, package: str) -> None:
    assert package_of(package_part(app)) == package


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("resize", "Resize"),
        ("resize_image", "ResizeImage"),
        ("mail.send-now", "MailSendNow"),
        ("HTTPServer2", "HttpServer2"),
        ("3d", "X3d"),
        ("", "X00000000"),
    ],
)
def test_names_of_methods(text: str, name: str) -> None:
    assert pascal(text) == name


@given(st.text(max_size=40))
def test_every_text_has_a_name_of_each_kind(text: str) -> None:
    assert re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", snake(text))
    assert re.fullmatch("[A-Z][A-Za-z0-9]*", pascal(text))
    assert re.fullmatch("[A-Z0-9_]+", upper(text))


@given(st.lists(st.text(max_size=6), unique=True, max_size=20))
def test_properties_of_one_message_have_fields_of_their_own(keys: list[str]) -> None:
    named = field_names(keys)
    assert len(set(named.values())) == len(keys)
    assert all(named[key] == key for key in keys if snake(key) == key)


def test_who_has_a_name_keeps_it() -> None:
    names = Names()
    assert names.claim("Resize", "resize") == "Resize"
    other = names.claim("Resize", "re-size")
    assert re.fullmatch("ResizeX[0-9a-f]{8}", other)
    again = Names(names.given)
    assert again.claim("Resize", "re-size") == other
    assert again.claim("Resize", "resize") == "Resize"


def test_two_tasks_of_one_name_are_told_apart_for_good() -> None:
    made = Made(registered("send-mail"), registered("send_mail"))
    first, second = (one.method for one in made.app.tasks)
    assert (first, second[:9]) == ("SendMail", "SendMailX")


def test_a_task_called_like_the_stream_of_another_keeps_its_name() -> None:
    made = Made(registered("resize"), registered("resize_stream"))
    resize, stream = made.app.tasks
    assert (resize.method, stream.method) == ("Resize", "ResizeStream")
    assert resize.stream_method.startswith("ResizeStreamX")
    assert len({one.name for one in made.file.message_type}) == 8


def test_a_router_is_a_service() -> None:
    made = Made(
        registered("mail.send", router="mail"),
        registered("send"),
        registered("tasks.send", router="tasks"),
    )
    found = {one.name: (one.service, one.method) for one in made.app.tasks}
    assert found["mail.send"] == ("Mail", "Send")
    assert found["send"] == ("Tasks", "Send")
    assert found["tasks.send"][0].startswith("TasksX")
    assert [one.request.name for one in made.app.tasks][:2] == [
        "MailSendRequest",
        "SendRequest",
    ]


@pytest.mark.parametrize("key", ["userId", "user_id", "user-id", "Ärger", "from"])
def test_json_takes_the_parameter_as_it_is_called(key: str) -> None:
    made = Made(registered("job", {key: INTEGER}))
    assert made.submitted({key: 7}) == ([], {key: 7})


def test_json_tells_apart_what_fields_almost_do_not() -> None:
    both = {"userId": 1, "user_id": 2, "[x]": 3, "": 4}
    made = Made(registered("job", dict.fromkeys(both, INTEGER)))
    request = made.request({"userId": 1, "user_id": 2})
    for name, value in {"[x]": 3, "": 4}.items():
        setattr(request, field_names(both)[name], value)
    task = made.arguments.submit_of(made.task, request)
    assert json.loads(task.kwargs.json) == both
