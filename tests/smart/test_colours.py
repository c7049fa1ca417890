import pytest

from app.smart import colours


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("#Abc", "#aabbcc"),
        ("#0A5d6B", "#0a5d6b"),
        ("rgb(10,93,107)", "#0a5d6b"),
        ("rgb( 10 , 93 , 107 )", "#0a5d6b"),
        ("rgb(10 93 107)", "#0a5d6b"),
        ("rgb(255, 0, 7)", "#ff0007"),
    ],
)
def test_a_colour_is_read(value, expected):
    assert colours.read(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "#abcd",
        "#0a5d6b80",
        "#0a5d6g",
        "0a5d6b",
        "#0a5d6b\n",
        " #0a5d6b",
        "#٣٣٣",
        "rgb(256, 0, 0)",
        "rgb(-1, 0, 0)",
        "rgb(1, 2)",
        "rgb(1, 2 3)",
        "rgb(1%, 2%, 3%)",
        "rgb(1, 2, 3) url(https://x.example)",
        "rgba(1, 2, 3, 0)",
        "red",
        "transparent",
        "var(--ink)",
        "",
        None,
        7,
        ["#000"],
    ],
)
def test_anything_else_is_none(value):
    assert colours.read(value) is None


def test_contrast_is_that_of_wcag():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#777777") == 1
    # The greys on either side of 4.5 on white, known from every checker.
    assert colours.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert colours.contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


def test_a_mix_lies_between_its_colours():
    assert colours.mix("#ff0000", "#0000ff", 1) == "#ff0000"
    assert colours.mix("#ff0000", "#0000ff", 0) == "#0000ff"
    assert colours.mix("#000000", "#ffffff", 0.4) == "#999999"


@pytest.mark.parametrize(
    ("one", "other", "degrees"),
    [
        ("#ff0000", "#00ff00", 120),
        ("#ff0000", "#ff0080", 30),  # across the end of the circle
        ("#cc0000", "#660000", 0),
        ("#cc0000", "#777777", 180),
        ("#777777", "#333333", 0),
    ],
)
def test_hues_are_told_apart(one, other, degrees):
    assert colours.hues_apart(one, other) == pytest.approx(degrees, abs=0.5)
