"""Where `-A` may stand on a command line."""

import pytest
import typer

from qtasks.cli.targets import split_app


@pytest.mark.parametrize(
    ("words", "path", "rest"),
    [
        ([], None, []),
        (["-A", "shop:app", "x"], "shop:app", ["x"]),
        (["x", "--app", "shop:app"], "shop:app", ["x"]),
        (["x", "--app=shop:app", "--json"], "shop:app", ["x", "--json"]),
        (["--app-name", "shop"], None, ["--app-name", "shop"]),
        (["x", "--", "-A", "y"], None, ["x", "--", "-A", "y"]),
    ],
)
def test_the_app_is_taken_out_of_the_words(words, path, rest):
    assert split_app(words) == (path, rest)


@pytest.mark.parametrize("words", [["-A"], ["x", "--app="]])
def test_an_app_without_a_path_is_refused(words):
    with pytest.raises(typer.BadParameter, match="needs an app"):
        split_app(words)
