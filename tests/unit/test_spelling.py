"""Names that are nearly right."""

from qtasks.spelling import did_you_mean, nearest


def test_the_most_similar_name_is_meant():
    assert nearest("resiez", ["report", "resizes", "resize"]) == "resize"
    assert did_you_mean("resiez", ["resize"]) == "; did you mean 'resize'?"


def test_nothing_is_meant_when_nothing_is_near():
    assert nearest("resize", ["mail"]) == nearest("resize", []) == ""
    assert did_you_mean("resize", ["mail"]) == ""
    assert nearest("resize", ["resizer"], near=0.99) == ""
