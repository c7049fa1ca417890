"""The search field in a browser: by keyboard alone, in narrow panels, without scripts."""

import time

import pytest
from playwright.sync_api import expect

from app.terminology.concept import Concept
from app.terminology.systems import SEQUENCE_ONTOLOGY
from tests.flow.test_search import Terminology

pytestmark = pytest.mark.browser


def box(page, name):
    return page.locator(f"input[name='{name}-find']")


def hits(page, name):
    return page.locator(f"#{name}-hits label")


def chosen(page, name):
    """The words of the answers that are chosen."""
    found = page.locator(f"[data-chosen] label:has(input[name='{name}']:checked) span")
    return [words.split(" HGNC")[0] for words in found.all_inner_texts()]


def status(page, name):
    return page.locator(f"fieldset:has(#{name}-hits) > [role=status]")


def focused(page):
    return page.evaluate(
        "({name: document.activeElement.name, value: document.activeElement.value})"
    )


def test_an_answer_is_found_and_chosen_by_keyboard_and_stays(page, open_form):
    open_form("tumor-marker-test")
    box(page, "test").focus()
    page.keyboard.type("psa")
    expect(hits(page, "test").first).to_contain_text("in Serum or Plasma")
    expect(status(page, "test")).to_have_text("14 found. Press the down arrow to go to them.")
    page.keyboard.press("ArrowDown")
    assert focused(page)["value"] == "http://loinc.org|2857-1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert chosen(page, "test") == []
    page.keyboard.press("Enter")
    assert chosen(page, "test") == ["Prostate specific Ag [Mass/volume] in Serum or Plasma 2857-1"]
    expect(status(page, "test")).to_have_text(
        "Prostate specific Ag [Mass/volume] in Serum or Plasma is chosen."
    )
    assert hits(page, "test").count() == 0
    assert focused(page) == {"name": "test", "value": "http://loinc.org|2857-1"}
    box(page, "test").fill("calcitonin")
    expect(hits(page, "test").first).to_contain_text("Calcitonin")
    assert chosen(page, "test") == ["Prostate specific Ag [Mass/volume] in Serum or Plasma 2857-1"]
    page.get_by_text("Draft saved").wait_for()


def test_the_box_is_left_and_reached_by_keyboard(page, open_form):
    open_form("tumor-marker-test")
    find = box(page, "test")
    find.focus()
    page.keyboard.type("calcitonin")
    hits(page, "test").first.wait_for()
    page.keyboard.press("Tab")
    assert focused(page)["name"] == "test"
    page.keyboard.press("End")
    last = focused(page)["value"]
    page.keyboard.press("ArrowDown")
    assert focused(page)["value"] == last
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    expect(find).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(find).to_be_focused()
    page.keyboard.press("Escape")
    expect(find).to_have_value("")
    assert hits(page, "test").count() == 0
    page.keyboard.type("calcitonin")
    hits(page, "test").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert len(chosen(page, "test")) == 1


def test_enter_takes_what_can_only_be_meant_and_never_a_hit_of_earlier_words(page, open_form):
    open_form("genomic-variant")
    find = box(page, "genes")
    find.focus()
    page.keyboard.type("fgfr")
    expect(hits(page, "genes").first).to_contain_text("FGFR")
    page.keyboard.press("Enter")
    # Several could be meant: Enter leads to them, and chooses none.
    assert focused(page)["name"] == "genes"
    assert chosen(page, "genes") == []
    page.keyboard.press("Escape")
    find.fill("")
    # Typed and confirmed before the search has answered.
    page.keyboard.type("BRAF")
    page.keyboard.press("Enter")
    page.locator("[data-chosen] [name=genes]:checked").wait_for()
    assert chosen(page, "genes") == ["BRAF"]
    expect(find).to_be_focused()
    assert "/new" in page.url


def test_enter_does_not_take_the_only_hit_of_other_words(page, open_form):
    open_form("medication-request", "nadia-kowalczyk")
    box(page, "drug").focus()
    # The regimen AC is no drug; the only one that begins so is another.
    page.keyboard.type("AC")
    expect(hits(page, "drug")).to_have_count(1)
    page.keyboard.press("Enter")
    assert chosen(page, "drug") == []
    assert focused(page)["name"] == "drug"
    expect(hits(page, "drug")).to_contain_text("acalabrutinib")
    page.keyboard.press("Enter")
    assert chosen(page, "drug") == ["acalabrutinib 1986808"]


def test_several_answers_are_chosen_one_after_the_other_and_taken_back(page, open_form):
    open_form("genomic-variant")
    box(page, "genes").focus()
    for symbol in ("BCR", "ABL1"):
        page.keyboard.type(symbol)
        page.keyboard.press("Enter")
        page.locator(f"[data-chosen] label:has-text('{symbol}') :checked").wait_for()
    assert sorted(chosen(page, "genes")) == ["ABL1", "BCR"]
    page.locator("[data-chosen] label", has_text="BCR").click()
    assert chosen(page, "genes") == ["ABL1"]
    page.get_by_text("Draft saved").wait_for()
    page.reload()
    assert chosen(page, "genes") == ["ABL1"]


def test_a_chosen_test_brings_its_unit_and_does_not_overwrite_a_typed_one(page, open_form):
    open_form("tumor-marker-test")
    unit = page.locator("[name='number-unit']")
    page.locator("[data-chosen] label", has_text="Cancer Ag 15-3").click()
    expect(unit).to_have_value("U/mL")
    box(page, "test").fill("2857-1")
    box(page, "test").press("Enter")
    expect(unit).to_have_value("ng/mL")
    page.locator("[data-chosen] label", has_text="HER2 [Presence]").click()
    expect(unit).to_have_value("")
    page.locator("[data-chosen] label", has_text="Cancer Ag 15-3").click()
    page.locator("[name=number]").fill("38.4")
    page.locator("[data-chosen] label", has_text="Prostate specific").click()
    expect(unit).to_have_value("U/mL")
    page.locator("[name=number]").fill("")
    unit.fill("ug/L")
    page.locator("[data-chosen] label", has_text="Cancer Ag 15-3").click()
    expect(unit).to_have_value("ug/L")


def test_an_answer_of_an_optional_question_can_be_taken_back(page, open_form):
    open_form("tumor-marker-test")
    finding = page.locator("fieldset:has(#finding-hits)")
    expect(finding.locator("label", has_text="No answer")).to_be_hidden()
    finding.locator("label", has_text="Equivocal").click()
    assert chosen(page, "finding") == ["Equivocal"]
    finding.locator("label", has_text="No answer").click()
    assert chosen(page, "finding") == ["No answer"]


def test_a_slow_terminology_server_keeps_nobody_waiting(page, running, open_form, monkeypatch):
    class Slow(Terminology):
        def search(self, url, words, limit=20):
            time.sleep(1.5)
            return super().search(url, words, limit)

    loss = Concept(SEQUENCE_ONTOLOGY, "SO:0001743", "copy_number_loss")
    monkeypatch.setitem(running.flask.extensions, "terminology", Slow(loss))
    open_form("genomic-variant")
    page.get_by_text("Zygosity, kind of change").click()
    box(page, "dna_change").fill("copy")
    expect(hits(page, "dna_change").first).to_contain_text("copy_number_variation")
    expect(page.locator("#dna_change-hits .hint")).to_contain_text("Asking the terminology server")
    expect(hits(page, "dna_change").nth(1)).to_contain_text("copy_number_loss")
    expect(status(page, "dna_change")).to_contain_text("2 found.")
    hits(page, "dna_change").nth(1).click()
    assert chosen(page, "dna_change") == ["copy_number_loss SO:0001743"]


def test_a_terminology_server_that_fails_leaves_what_the_app_has(
    page, running, open_form, monkeypatch
):
    monkeypatch.setitem(running.flask.extensions, "terminology", Terminology())
    open_form("genomic-variant")
    page.route("**/find/**further=**", lambda route: route.abort())
    page.get_by_text("Zygosity, kind of change").click()
    box(page, "dna_change").fill("copy")
    expect(hits(page, "dna_change").first).to_contain_text("copy_number_variation")
    expect(page.locator("#dna_change-hits .hint")).to_have_count(0)
    assert hits(page, "dna_change").count() == 1


def test_the_field_is_accessible_and_does_not_overflow(page, open_form, no_axe_findings, picture):
    open_form("tumor-marker-test")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        box(page, "test").fill("")
        box(page, "test").fill("estrogen")
        hits(page, "test").first.wait_for()
        page.locator("details.own-answer summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        no_axe_findings(page)
        picture(page, f"search-{width}")


def test_without_scripts_the_review_button_searches(chromium, open_form, no_axe_findings):
    context = chromium.new_context(java_script_enabled=False)
    plain = open_form("tumor-marker-test", "nadia-kowalczyk", context.new_page())
    box(plain, "test").fill("chromogranin")
    plain.get_by_role("button", name="Review", exact=True).click()
    plain.get_by_text("Choose one of the answers found for “chromogranin”").first.wait_for()
    plain.locator("#test-hits label", has_text="[Mass/volume] in Serum").click()
    plain.locator("[name=number]").fill("80")
    plain.locator("[name='number-unit']").fill("ng/mL")
    for part, value in (("day", "20"), ("month", "nov"), ("year", "2026")):
        plain.locator(f"[name='date-{part}']").fill(value)
    plain.get_by_role("button", name="Review", exact=True).click()
    plain.get_by_role("heading", name="Review before saving").wait_for()
    assert "Chromogranin A [Mass/volume] in Serum or Plasma" in plain.inner_text("main")
    assert "80 ng/mL" in plain.inner_text("main")
    context.close()
