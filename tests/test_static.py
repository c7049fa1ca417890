"""The style sheet stays small, and every text readable on its ground (WCAG 2.2 AA)."""

import re

import pytest

from app.config import ROOT

CSS = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
PALETTE = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", CSS))
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, other):
    low, high = sorted(luminance(PALETTE[name]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "ground")),
        *((tone, "paper") for tone in ("action", "danger", "warning", "good", "origin")),
        *((tone, f"{tone}-ground") for tone in ("action", "danger", "warning", "good", "origin")),
        *(("action", ground) for ground in ("ground", "danger-ground", "warning-ground")),
        *(("ink-3", f"{tone}-ground") for tone in ("danger", "warning")),
        ("on-banner", "banner"),
        ("on-banner-2", "banner"),
    ],
)
def test_text_is_readable_on_its_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(
    ("mark", "ground"),
    [("control", "paper"), ("control", "ground"), ("ink", "focus"), ("focus", "banner")],
)
def test_borders_and_the_focus_ring_stand_out(mark, ground):
    assert contrast(mark, ground) >= 3


def test_the_style_sheet_stays_small():
    assert len(CSS.splitlines()) < 400


def test_the_style_sheet_and_script_ask_for_nothing_from_elsewhere():
    script = (ROOT / "static" / "app.js").read_text(encoding="utf-8")
    for source in (CSS, script):
        assert not re.search(r"https?:|@import|url\(", source)


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_no_template_holds_what_the_content_security_policy_forbids(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|hx-on|hx-vals=.js:|javascript:|<style", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert "|safe" not in source
