"""What `figures.py` counts, and those of its figures that may not grow."""

import pytest

from tests.figures import HERE, Tree, cycles, functions, length, places_that_parse

FORM = """
class Size:
    def check(self):
        number, _, unit = self.size.data.partition(" ")
        chosen = self.sides.data
        for key in chosen.split("\\n"):
            yield key
        if told := self.load({})["date"]:
            yield shared_year(told)
        yield self.title.partition(" ")
        yield text_of(self.size.answer).startswith("<")


def shared_year(text):
    return text.split("-")[0] if _DAY.fullmatch(text) else str(text).strip()
"""


@pytest.fixture(scope="module")
def tree():
    return Tree(HERE)


@pytest.fixture
def small_tree(tmp_path):
    def make(**modules: str) -> Tree:
        for name, text in modules.items():
            path = tmp_path.joinpath("app", *name.split("__")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            for folder in (path.parent, path.parent.parent):
                if folder.is_relative_to(tmp_path / "app"):
                    (folder / "__init__.py").touch()
            path.write_text(text)
        return Tree(tmp_path)

    return make


def test_nothing_imports_in_a_circle(tree):
    assert cycles(tree) == 0


def test_no_form_takes_an_answer_s_text_apart(tree):
    assert places_that_parse(tree) == []


def test_functions_stay_short(tree):
    assert sum(length(function) > 60 for function in functions(tree)) <= 1


def test_answers_are_followed_to_where_they_are_taken_apart(small_tree):
    places = places_that_parse(small_tree(forms__size=FORM, forms___fields__date=FORM))
    assert places == [f"app.forms.size:{line}" for line in (11, 15, 4, 6)]


@pytest.mark.parametrize(
    ("back", "number"), [("from app.a.inner import x", 1), ("import json", 0), ("import app.a", 0)]
)
def test_a_circle_is_seen_between_packages_inside_a_package(small_tree, back, number):
    there = {"a__inner__one": "from app.a.outer.two import x", "a__outer__two": back}
    assert cycles(small_tree(**there)) == number
