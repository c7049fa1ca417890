"""What an EHR's style may change, and that it can change nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import ROOT
from app.sandbox.launcher import _STYLE as SANDBOX_STYLE
from app.smart import colours
from app.smart.style import PALETTE, sheet
from tests.test_static import luminance

CSS = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
KEYS = tuple(SANDBOX_STYLE)
FAMILY = r'(?:"[A-Za-z][A-Za-z0-9 _-]*"|[a-z-]+)'
DECLARATION = rf"""    (?:
    --(?:ink|ground|(?:action|danger|good)(?:-deep|-ground|-line)?):[ ]\#[0-9a-f]{{6}}
    |--corner:[ ][0-9.]+px|font-size:[ ][0-9.]+%|--gap:[ ][0-9.]+rem
    |--(?:body|heading)-font:[ ]{FAMILY}(?:,[ ]{FAMILY})*
    );\n""".replace("    (?:", r"[ ]{4}(?:", 1)
SHEET = re.compile(
    rf"@media[ ]screen[ ]and[ ]\(forced-colors:[ ]none\)[ ]\{{\n[ ][ ]:root[ ]\{{\n"
    rf"(?:{DECLARATION})+[ ][ ]\}}\n\}}\n",
    re.VERBOSE,
)


def changes(style) -> dict[str, str]:
    return dict(re.findall(r"^    ([\w-]+): (.+);$", sheet(style), re.MULTILINE))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_palette_is_that_of_the_style_sheet():
    own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", CSS))
    assert {name: colours.read(own[name]) for name in PALETTE} == PALETTE


def test_every_property_that_may_change_is_used_by_the_style_sheet():
    names = changes(
        {
            "color_background": "#fffaf5",
            "color_text": "#111111",
            "color_error": "#a00020",
            "color_success": "#0b6b2f",
            "color_highlight": "#1b4fa0",
            "dim_border_radius": "0px",
            "dim_font_size": "16px",
            "dim_spacing_size": "8px",
            "font_family_body": "Arial",
            "font_family_heading": "Georgia, serif",
        }
    )
    assert {"--ground", "--ink", "--danger", "--good", "--action", "font-size"} <= set(names)
    for name in names.keys() - {"font-size"}:
        assert f"var({name})" in CSS, name


def test_a_whole_style_is_taken_over():
    assert changes(
        {
            "color_background": "#fff",
            "color_highlight": "rgb(27, 79, 160)",
            "color_modal_backdrop": "#123456",
            "dim_border_radius": "0.25rem",
            "dim_font_size": "1rem",
            "dim_spacing_size": "7px",
            "font_family_body": "'Segoe UI', Arial, sans-serif",
            "another_key": "#000",
        }
    ) == {
        "--ground": "#ffffff",
        "--action": "#1b4fa0",
        "--action-deep": "#143b78",
        "--action-ground": "#eff3f8",
        "--action-line": "#a4b9d9",
        "--corner": "4px",
        "font-size": "100%",
        "--gap": "0.5rem",
        "--body-font": '"Segoe UI", "Arial", sans-serif, system-ui',
    }


def test_the_sandbox_s_style_leaves_the_colours_and_sizes_of_the_app():
    assert changes(SANDBOX_STYLE) == {}


@pytest.mark.parametrize(
    "style",
    [
        {"color_background": "#1e1e1e"},
        {"color_text": "#8a8a8a"},
        {"color_highlight": "#5bc0de"},
        {"color_error": "#ff8080"},
        {"color_success": "#7ed957"},
    ],
)
def test_a_colour_that_would_be_hard_to_read_is_left_out(style):
    assert changes({**style, "dim_border_radius": "1px"}) == {"--corner": "1px"}


def test_a_dark_style_is_left_out_whole():
    dark = {"color_background": "#101418", "color_text": "#f0f0f0"}
    assert sheet(dark) == ""


@pytest.mark.parametrize(
    "style",
    [
        {"color_highlight": "#a81c1f"},  # as red as what is dangerous
        {"color_highlight": "#1c6338"},  # as green as what went well
        {"color_error": "#1c6338"},
        {"color_error": "#7a4f00"},
        {"color_success": "#9f1c1f"},
    ],
)
def test_a_colour_that_means_something_else_is_left_out(style):
    assert sheet(style) == ""


def test_one_colour_is_judged_with_those_taken_before():
    grey = "#555555"
    assert "--good" in changes({"color_success": grey})
    both = changes({"color_error": grey, "color_success": grey})
    assert both.keys() == {"--danger", "--danger-ground", "--danger-line"}


@pytest.mark.parametrize(
    ("size", "expected"),
    [("15px", "93.75%"), ("1rem", "100%"), ("1.5em", "100%"), ("48px", "100%")],
)
def test_text_grows_within_bounds(size, expected):
    assert changes({"dim_font_size": size}) == {"font-size": expected}


@pytest.mark.parametrize("size", ["14px", "10px", "0", "0.5rem", ".1em"])
def test_text_gets_no_smaller_than_the_app_s_own(size):
    assert sheet({"dim_font_size": size}) == ""


@pytest.mark.parametrize(
    ("size", "expected"),
    [("8px", "0.571rem"), ("0", "0.429rem"), ("1px", "0.429rem")],
)
def test_gaps_shrink_within_bounds(size, expected):
    assert changes({"dim_spacing_size": size}) == {"--gap": expected}


@pytest.mark.parametrize("size", ["14px", "2rem", "64px"])
def test_pages_get_no_less_dense(size):
    assert sheet({"dim_spacing_size": size}) == ""


@pytest.mark.parametrize(("size", "expected"), [("0", "0px"), ("40px", "12px"), (".5em", "8px")])
def test_corners_are_rounded_within_bounds(size, expected):
    assert changes({"dim_border_radius": size}) == {"--corner": expected}


@pytest.mark.parametrize(
    "size",
    ["-4px", "65px", "5rem", "1e3px", "4", "4 px", "4px;", "4vw", "50%", "calc(1px)", "٤px", "", 4],
)
def test_what_is_no_length_of_a_page_is_left_out(size):
    for key in ("dim_border_radius", "dim_font_size", "dim_spacing_size"):
        assert sheet({key: size}) == ""


def test_fonts_are_named_in_quotes_and_end_in_the_app_s_own():
    assert changes({"font_family_heading": 'inherit, "Source Sans 3" ,Serif'}) == {
        "--heading-font": '"inherit", "Source Sans 3", serif, system-ui, sans-serif'
    }


@pytest.mark.parametrize(
    "families",
    [
        "Arial; color: red",
        '"Arial',
        "\"Arial'",
        "Arial,",
        "Arial\\",
        "Arial}",
        "url(x)",
        "var(--ink)",
        "Arial\nx",
        "Comic, cursive",
        "Ärial",
        "A" * 41,
        ", ".join(["Arial"] * 9),
        "",
        None,
        ["Arial"],
    ],
)
def test_a_list_of_fonts_with_anything_else_in_it_is_left_out(families):
    assert sheet({"font_family_body": families}) == ""


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *"{};:@\\\"'/*<>()!,# \n\r\f\t\0\u2028",
            "#fff",
            "#0a5d6b",
            "12px",
            "1rem",
            "rgb(1,2,3)",
            "Arial",
            "url(https://x.example)",
            "</style>",
            "*/",
            "expression(",
            "!important",
            "\\3b ",
        ]
    ),
    max_size=6,
).map("".join)
VALUES = st.one_of(
    FRAGMENTS,
    st.text(max_size=30),
    st.from_regex(r"#[0-9a-f]{6}|[0-9]{1,2}(px|rem)|\"[A-Z][a-z ]+\"", fullmatch=True),
    st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.text()),
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=10), VALUES))
def test_nothing_breaks_out_of_its_declaration(style):
    made = sheet(style)
    assert made == "" or SHEET.fullmatch(made)


COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
DARK = st.from_regex(r"#([0-6][0-9a-f]){3}", fullmatch=True)
LIGHT = st.from_regex(r"#([ef][0-9a-f]){3}", fullmatch=True)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "color_background": LIGHT | COLOURS,
            **{
                f"color_{name}": DARK | COLOURS
                for name in ("text", "highlight", "error", "success")
            },
        },
    )
)
def test_whatever_the_colours_all_text_stays_readable(style):
    made = {name.removeprefix("--"): value for name, value in changes(style).items()}
    palette = PALETTE | made
    for ground in ("paper", "ground"):
        for text in ("ink", "ink-2", "ink-3", "action"):
            assert contrast(palette[text], palette[ground]) >= 4.5
        assert contrast(palette["control"], palette[ground]) >= 3
    for tone in ("action", "danger", "warning", "good"):
        for text, ground in ((tone, "paper"), (tone, f"{tone}-ground"), ("ink", f"{tone}-ground")):
            assert contrast(palette[text], palette[ground]) >= 4.5
    for ground in ("action", "action-deep"):
        assert contrast("#ffffff", palette[ground]) >= 4.5
    assert contrast(palette["ink"], palette["focus"]) >= 3
