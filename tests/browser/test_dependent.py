"""Answers that depend on another field: in sight where they go with its answer, or are given."""

import re

import pytest

pytestmark = pytest.mark.browser


def open_form(page, running, patient, slug):
    page.goto(running.launch_address(patient, "oncologist-owen"))
    base = re.match(r".*/l/[^/]+/", page.url)[0]
    page.goto(f"{base}forms/{slug}/new")


def visible(page, name):
    """Return the words of the answers of a field that can be seen."""
    boxes = page.locator(f"label:has([name={name}])")
    return [box.inner_text().strip() for box in boxes.all() if box.is_visible()]


def choose(page, words):
    page.locator("label.box:visible", has_text=re.compile(rf"^\s*{words}\s*$")).locator(
        "input"
    ).check()


def test_the_stages_in_sight_are_those_of_the_chosen_system(page, running, no_axe_findings):
    open_form(page, running, "elena-martinez", "cancer-stage")
    assert visible(page, "value") == ["Not known"]
    assert page.get_by_text("Choose the staging system first.").is_visible()
    assert not page.locator("#method").is_visible()

    page.check("[name=system][value=rai]")
    assert visible(page, "value") == ["0", "I", "II", "III", "IV", "Not known"]
    assert not page.get_by_text("Choose the staging system first.").is_visible()
    options = page.locator("#method option:not([hidden])").all_inner_texts()
    assert [words.strip() for words in options] == ["No answer", "Rai", "Modified Rai"]
    no_axe_findings(page)

    # What is chosen stays in sight, since it would be sent.
    choose(page, "III")
    page.check("[name=system][value=binet]")
    assert visible(page, "value") == ["A", "B", "C", "III", "Not known"]
    assert not page.locator("#method").is_visible()
    choose(page, "B")
    assert visible(page, "value") == ["A", "B", "C", "Not known"]
    no_axe_findings(page)


def test_without_the_script_the_stages_stand_under_their_systems(chromium, running):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    open_form(page, running, "elena-martinez", "cancer-stage")
    groups = page.locator("#value .group")
    assert groups.first.inner_text() == "FIGO"
    assert groups.count() == 14
    assert visible(page, "value")[:3] == ["0", "I", "IA"]
    context.close()


def test_without_the_script_the_categories_of_tnm_follow_the_prefix(chromium, running):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    open_form(page, running, "colm-doherty", "tnm-stage")
    page.check("[name=prefix][value=yp]")
    assert {words[:2] for words in visible(page, "t")} == {"yp", "No"}
    page.check("[name=prefix][value=c]")
    assert {words[0] for words in visible(page, "t")} == {"c", "N"}
    context.close()
