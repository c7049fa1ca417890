"""The summary page: what it says of a whole, a thin, and a troubled chart."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.config import ROOT
from app.fhir import wire
from app.mcode.assembly import assemble
from app.mcode.model import Gap
from app.mcode.profiles import EXTENSION
from tests.summary.resources import (
    CANCER,
    LOINC,
    PATIENT,
    UNLISTED,
    coded,
    concept_value,
    condition,
    ecog,
    given,
    observation,
    order,
    record,
    stage,
    status,
    surgery,
)

EXAMPLES = ROOT.parent / "shared" / "examples" / "mcode-examples-transaction.json"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
EVIL = "<script>alert(1)</script>\"'>"


def whole(*more, **kept):
    return record(
        condition(),
        *stage(),
        status(),
        ecog(),
        surgery(),
        order(),
        given("2026-06-01"),
        *more,
        **kept,
    )


def test_it_shows_the_cancer_its_stage_status_and_treatments(summary_page):
    words = summary_page(whole()).words
    for said in (
        "MARTINEZ, Elena (Ms)",
        "Carcinoma of the left breast Active",
        "Clinical · TNM · 20-Mar-2026",
        "IIB cT2 cN1 cM0",
        "Responding",
        "Metastases None recorded",
        "Lumpectomy of breast",
        "ECOG 0",
        "Biomarkers: No data",
        "signed in for 46 min more",
    ):
        assert said in words


def test_links_lead_to_the_forms_that_fill_and_amend(summary_page):
    links = summary_page(whole()).links()
    new = "/l/l/forms/tnm-stage/new?about=c"
    assert links["Add stage"] == new
    assert links["Add: No pathologic stage after surgery"] == new
    assert links["Amend the stage Clinical IIB"] == "/l/l/forms/tnm-stage/clinical"


def test_a_reader_is_told_once_and_offered_no_form(summary_page):
    said = "You can read this record; your sign-in does not allow entries."
    page = summary_page(whole(), may_enter=False)
    assert page.words.count(said) == 1
    assert not any("/forms/tnm-stage" in address for address in page.links().values())
    assert "No pathologic stage after surgery" in page.words
    assert said not in summary_page(whole()).words


def test_a_draft_waits_among_what_is_to_complete(summary_page):
    draft = SimpleNamespace(
        form="tnm-stage",
        subject="new:c",
        state="open",
        in_chart=False,
        updated=datetime(2026, 11, 24, 10, 42, tzinfo=UTC),
    )
    page = summary_page(whole(), drafts=[draft])
    assert "To complete 5 Draft" in page.words
    assert "Draft of a TNM stage last typed 24-Nov-2026 10:42 UTC Continue" in page.words
    assert page.links()["Continue: Draft of a TNM stage"] == "/l/l/forms/tnm-stage/new?about=c"
    assert "Continue" in summary_page(record(), drafts=[draft]).words


def test_what_no_card_shows_is_folded_under_its_kind(summary_page):
    laboratory = {"category": [coded(OBSERVATION_CATEGORY, "laboratory")]}
    found = observation("l", {"text": "Residual disease"}, valueString="0.01 %", **laboratory)
    page = summary_page(whole(found))
    assert "Also in the chart Laboratory results (1) Residual disease 0.01 %" in page.words
    assert "Also in the chart" not in summary_page(whole()).words


def test_a_preliminary_stage_is_muted(summary_page):
    page = summary_page(record(condition(), *stage(status="preliminary")))
    assert page.root.findall(".//*[@class='tile neutral muted']")
    assert not summary_page(whole()).root.findall(".//*[@class='tile neutral muted']")


def test_a_cancer_without_tnm_offers_the_form_that_stages_it(summary_page):
    page = summary_page(record(condition(icd10="C90.00", words="Multiple myeloma")))
    assert page.links()["Add stage"].partition("?")[0].endswith("/forms/cancer-stage/new")
    assert "No stage record" in page.words


def test_gaps_come_first_and_say_that_the_page_is_incomplete(summary_page):
    page = summary_page(whole(gaps=[Gap("laboratory results", "the EHR refused")]))
    assert "laboratory results: the EHR refused" in page.words
    assert page.words.index("This page is incomplete") < page.words.index("Carcinoma")
    assert "may stand in what could not be read" in page.words


def test_another_patients_records_are_flagged_and_are_no_facts(summary_page):
    foreign = observation("x", coded(LOINC, "89247-1"), 4, subject={"reference": "Patient/q"})
    page = summary_page(record(condition(), foreign))
    assert "1 record in this chart about another patient" in page.words
    assert "ECOG 4" not in page.words


def test_what_names_no_diagnosis_is_told_apart(summary_page):
    loose = status()
    del loose["focus"]
    second = condition("d", "C61", "Prostate cancer")
    page = summary_page(record(condition(), second, loose))
    assert "Not linked to a diagnosis" in page.words
    assert "do not say which of the cancers above" in page.words


def test_a_stage_without_a_diagnosis_is_shown_and_offered_for_amending(summary_page):
    loose = stage(focus=[])
    page = summary_page(record(condition(), condition("d", "C61", "Prostate cancer"), *loose))
    assert "IIB cT2 cN1 cM0" in page.words
    ways = [way for words, way in page.links().items() if words.startswith("Amend")]
    assert "tnm-stage/clinical" in [way.partition("/forms/")[2] for way in ways]


def test_what_is_not_understood_is_shown_raw(summary_page):
    odd = {
        "resourceType": UNLISTED,
        "id": "x",
        "patient": {"reference": "Patient/p"},
        "code": {"text": "Penicillin", "coding": [{"system": "urn:local", "code": "PEN"}]},
    }
    page = summary_page(record(condition(), odd))
    assert "Not interpreted 1" in page.words
    assert f"Penicillin {UNLISTED} · no date" in page.words
    assert '"system": "urn:local"' in page.words


def test_a_chart_without_a_cancer_says_so(summary_page):
    words = summary_page(record()).words
    assert "No primary cancer in the chart" in words
    assert "To complete" not in words
    gap = [Gap("problem list", "the EHR refused")]
    assert "as far as it could be read" in summary_page(record(gaps=gap)).words


def test_missing_data_never_reads_as_a_question_mark_or_none(summary_page):
    words = summary_page(record(condition(onsetDateTime=None))).words
    assert "?" not in words
    assert "None" not in words.replace("None recorded", "")
    assert "No data" in words


def test_without_need_of_a_banner_one_line_remains(summary_page):
    page = summary_page(whole(), need_patient_banner=False)
    assert "banner-line" in page.html
    assert "MARTINEZ, Elena (Ms)" in page.words
    assert "Gender" not in page.words


def test_a_death_is_unmistakable(summary_page):
    page = summary_page(whole(patient={**PATIENT, "deceasedDateTime": "2026-10-03"}))
    assert "Deceased 03-Oct-2026" in page.words
    assert "banner-deceased" in page.html


def test_extending_is_offered_only_where_it_can_be_done(summary_page):
    assert "Extend" in summary_page(whole()).words
    assert "Extend" not in summary_page(whole(), can_refresh=False).words


def test_the_charts_words_are_never_markup(summary_page):
    patient = {**PATIENT, "name": [{"family": EVIL, "given": [EVIL]}]}
    related = {"extension": [{"url": EXTENSION["related-condition"], "valueReference": CANCER}]}
    page = summary_page(
        whole(
            condition("d", "C61", EVIL, bodySite=[{"text": EVIL}]),
            observation("m", coded(LOINC, "85329-1", EVIL), concept_value(EVIL), **related),
            surgery(EVIL, "2026-05-05"),
            observation("u", {"text": EVIL}, concept_value(EVIL)),
            patient=patient,
            gaps=[Gap(EVIL, EVIL)],
        )
    )
    assert "<script>alert" not in page.html
    assert EVIL in page.words


def test_nothing_is_styled_or_scripted_inline(summary_page):
    page = summary_page(whole())
    for element in page.root.iter():
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
        if element.tag.endswith(("}script", "}style")):
            assert element.get("src")
            assert not element.text


def test_ids_are_used_once(summary_page):
    second = condition("d", "C61", "Prostate cancer")
    page = summary_page(whole(second))
    ids = [element.get("id") for element in page.root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "app/sandbox/data").glob("*-*.json"))
)
def test_every_sandbox_patient_has_a_page(summary_page, name):
    bundle = wire.loads((ROOT / f"app/sandbox/data/{name}.json").read_bytes())
    resources = [entry["resource"] for entry in bundle["entry"]]
    patient = next(item for item in resources if item["resourceType"] == "Patient")
    shown = summary_page(assemble(patient, resources))
    assert shown.root.findall(".//*[@class='tiles']")
    assert "None None" not in shown.words


@pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the official examples are not beside the project"
)
def test_every_official_example_patient_has_a_page(summary_page):
    entries = json.loads(EXAMPLES.read_text(encoding="utf-8"))["entry"]
    resources = [entry["resource"] for entry in entries]
    for patient in (item for item in resources if item["resourceType"] == "Patient"):
        assert summary_page(assemble(patient, resources)).words
