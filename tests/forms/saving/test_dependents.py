"""What stands beside an amended value is found, whatever the form, and taken away where told."""

import copy
from contextlib import suppress
from decimal import Decimal

import pytest

from app.fhir.paths import objects
from app.forms._registry import NoSuchEntry, all_forms
from app.forms._saving.dependents import dependents, without
from app.forms._saving.plan import plan_entry
from app.forms._saving.review import names_of
from app.forms.body_surface_area import BodySurfaceArea
from app.forms.deauville import Deauville
from app.forms.disease_status import DiseaseStatus
from app.forms.ecog import Ecog
from app.forms.genomic_variant import GenomicVariant
from app.forms.genomics_report import GenomicsReport
from app.forms.karnofsky import Karnofsky
from app.forms.lansky import Lansky
from app.forms.medication_administration import MedicationAdministration
from app.forms.medication_request import MedicationRequest
from app.forms.primary_cancer import PrimaryCancer
from app.forms.surgical_procedure import SurgicalProcedure
from app.forms.tumor import Tumor
from app.forms.tumor_marker_test import TumorMarkerTest
from app.forms.tumor_size import TumorSize
from tests.forms.cases import SNOMED, concept
from tests.forms.changing import another
from tests.forms.entering import existing, new
from tests.forms.patient import AUTHOR

CORE = "http://hl7.org/fhir/StructureDefinition/"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HGNC = "http://www.genenames.org"
HIGH = {"coding": [{"system": "urn:flags", "code": "H", "display": "High"}]}
WRITTEN = {"url": f"{CORE}originalText", "valueString": "> 4.00 (repeated)"}
LABORATORY = {"reference": "Organization/lab", "display": "Central Laboratory"}
GENERATED = {"status": "generated", "div": "<div><p>4.00 ng/mL, <b>High</b></p></div>"}


def recorded(type_="Observation", **elements):
    return {
        "resourceType": type_,
        "id": "before",
        "meta": {"versionId": "3"},
        "subject": {"reference": "Patient/pat"},
        **elements,
    }


def observation(loinc, **elements):
    given = {"status": "final", "effectiveDateTime": "2026-10-01", **elements}
    return recorded(code=concept(loinc, loinc, LOINC), **given)


def amount(value, unit, **more):
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit, **more}


def psa(**more):
    value = amount("4.00", "ng/mL", comparator=">")
    return observation("2857-1", **{"valueQuantity": value, **more})


def component(loinc, words, value, **more):
    name = "valueQuantity" if "value" in value else "valueCodeableConcept"
    return {"code": concept(loinc, words, LOINC), name: value, **more}


def amended(form_class, resource, *more, **changes):
    """Return the entry with changed answers, its plan, and what stands beside the old ones."""
    work = existing(form_class, resource, *more, **changes)
    plan = plan_entry(work.form, work.subject, AUTHOR, "draft")
    assert plan.writes
    return plan, dependents(work.form, plan, names_of(work.subject.record))


def asked(form_class, resource, *more, **changes):
    """Return what is asked about, by its label."""
    return {d.label: d.display for d in amended(form_class, resource, *more, **changes)[1]}


EVERYTHING = {
    "interpretation": [HIGH, {"text": "Critical"}],
    "referenceRange": [{"low": {"value": 0}, "high": {"value": 4}}],
    "derivedFrom": [{"reference": "Observation/height"}],
    "performer": [LABORATORY, {"reference": "Practitioner/smith", "display": "Dr Smith"}],
    "valueQuantity": amount("4.00", "ng/mL", extension=[WRITTEN]),
    "component": [component("1-8", "PSA velocity", amount("1.5", "ng/mL"))],
}


def test_all_that_is_said_of_a_result_is_found_when_it_is_another_one():
    assert asked(TumorMarkerTest, psa(**EVERYTHING), number="0.10 ng/mL") == {
        "Interpretation": "High; Critical",
        "Reference range": "0 to 4",
        "Derived from": "height 168 cm, 20-Mar-2026",
        "Measured by": "Central Laboratory",
        "Component": "PSA velocity, 1.5 ng/mL",
        "Original text": "> 4.00 (repeated)",
    }


@pytest.mark.parametrize("change", [{"note": "seen"}, {"date": "2026-10-02"}])
def test_where_the_result_stays_nothing_is_asked_and_all_of_it_stays(change):
    before = psa(**EVERYTHING)
    plan, found = amended(TumorMarkerTest, before, **change)
    assert found == []
    kept = {name: plan.writes[0].after[name] for name in EVERYTHING}
    assert kept == EVERYTHING


def test_the_question_names_the_old_value_and_the_new_one():
    _, (found,) = amended(TumorMarkerTest, psa(interpretation=[HIGH]), number="0.10 ng/mL")
    assert (found.old, found.new) == ("> 4.00 ng/mL", "0.10 ng/mL")


def test_another_test_is_another_result():
    assert asked(TumorMarkerTest, psa(interpretation=[HIGH]), test=f"{LOINC}|6875-9")


def test_another_value_or_another_element_is_another_question():
    keys = {
        amended(TumorMarkerTest, psa(interpretation=[flag]), number=number)[1][0].key
        for flag in (HIGH, {"text": "Critical"})
        for number in ("0.10 ng/mL", "0.20 ng/mL")
    }
    assert len(keys) == 4


def test_an_answer_beside_the_value_does_not_make_another_question():
    """What was said of a range counts still where the flag is chosen, or a note is written."""
    low = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation|L"
    before = psa(**EVERYTHING, text={**GENERATED, "status": "additional"})
    by_answer = [
        {d.label: d.key for d in amended(TumorMarkerTest, before, number="0.10 ng/mL", **more)[1]}
        for more in ({}, {"interpretation": low}, {"note": "seen"})
    ]
    first, *others = by_answer
    for other in others:
        same = set(other) - {"Interpretation", "Text of the record"}
        assert len(same) == 5
        assert all(other[label] == first[label] for label in same)
        # A text of the whole record may speak of these too.
        assert other["Text of the record"] != first["Text of the record"]


def test_what_the_person_changed_is_not_asked_about():
    low = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation|L"
    before = psa(interpretation=[HIGH, {"text": "Critical"}])
    changes = {"number": "0.10 ng/mL", "interpretation": low}
    assert asked(TumorMarkerTest, before, **changes) == {"Interpretation": "Critical"}
    assert asked(TumorMarkerTest, psa(interpretation=[HIGH]), **changes) == {}


@pytest.mark.parametrize(
    ("performer", "more", "is_laboratory"),
    [
        (LABORATORY, {}, True),
        ({"reference": "https://other.example/fhir/Organization/7/_history/2"}, {}, True),
        (
            {"reference": "#lab"},
            {"contained": [{"resourceType": "Organization", "id": "lab"}]},
            True,
        ),
        ({"type": "Organization", "display": "Central"}, {}, True),
        ({"display": "Central"}, {"category": [concept("laboratory", "Lab", "urn:c")]}, True),
        ({"display": "Dr Smith"}, {"category": [concept("exam", "Exam", "urn:c")]}, False),
        ({"reference": "Practitioner/smith"}, {}, False),
        ({"reference": "#me"}, {"contained": [{"resourceType": "Patient", "id": "me"}]}, False),
        ({"reference": "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, {}, False),
    ],
)
def test_a_laboratory_has_measured_the_old_value_and_a_person_signs(performer, more, is_laboratory):
    found = asked(TumorMarkerTest, psa(performer=[performer], **more), number="1 ng/mL")
    assert ("Measured by" in found) is is_laboratory


def test_a_dimension_changes_what_is_said_of_it_and_of_the_whole_size():
    parts = [
        component(
            "33728-7", "Longest", amount(26, "mm", extension=[WRITTEN]), interpretation=[HIGH]
        ),
        component("33729-5", "Other", amount(20, "mm"), interpretation=[{"text": "Small"}]),
        component("1-8", "Volume", amount(9, "cm3")),
        component("2-6", "Shape", concept("r", "Round")),
    ]
    before = observation(
        "21889-1",
        focus=[{"reference": "BodyStructure/lump"}],
        valueString="26 x 20 mm",
        component=parts,
    )
    assert asked(TumorSize, before, size="22 x 20 mm") == {
        "Value": "26 x 20 mm",
        "Component": "Volume, 9 cm3",
        "Interpretation": "High",
        "Original text": "> 4.00 (repeated)",
    }


@pytest.mark.parametrize(
    ("form_class", "loinc", "old", "new"),
    [
        (Ecog, "89247-1", 1, "4"),
        (Karnofsky, "89243-0", 90, "40"),
        (Lansky, "89245-5", 90, "40"),
        (Deauville, "LP", 2, "5"),
    ],
)
def test_words_beside_a_score_are_those_of_the_old_score(form_class, loinc, old, new):
    code = form_class.code.codeable()
    before = observation(loinc, valueInteger=old, interpretation=[{"text": "Active"}])
    before["code"] = code
    assert asked(form_class, before, points=new) == {"Interpretation": "Active"}


def test_a_status_that_changes_leaves_no_words_of_the_old_one():
    old = concept("359746009", "Stable, as on CT")
    before = observation(
        "97509-4",
        focus=[{"reference": "Condition/breast"}],
        valueCodeableConcept={**old, "extension": [WRITTEN]},
        interpretation=[{"text": "Good"}],
    )
    plan, found = amended(DiseaseStatus, before, status=f"{SNOMED}|271299001")
    assert {d.label for d in found} == {"Interpretation", "Original text"}
    now = plan.writes[0].after["valueCodeableConcept"]
    assert "Stable" not in str(now["coding"])
    assert "Stable" not in now["text"]


def test_the_sources_of_a_surface_are_asked_about_unless_the_form_names_them_anew():
    sources = [{"reference": "Observation/height", "display": "Height"}, {"display": "Weight"}]
    parts = [
        component("8302-2", "Body height", amount(168, "cm")),
        component("29463-7", "Body weight", amount(70, "kg")),
    ]
    value = amount("1.79", "m2")
    before = observation("8277-6", valueQuantity=value, component=parts, derivedFrom=sources)
    found = asked(BodySurfaceArea, before, area="1.9 m2")
    assert found == {"Derived from": "height 168 cm, 20-Mar-2026; Weight"}
    assert asked(BodySurfaceArea, before, area="1.9 m2", height="170 cm") == {}


def test_a_gene_changes_what_the_form_does_not_show_and_a_fraction_other_amounts_only():
    parts = [
        component("48018-6", "Gene", concept("HGNC:1097", "BRAF", HGNC)),
        component("81258-6", "Allele fraction", amount("32.5", "%")),
        component("93044-6", "Evidence", concept("LA1", "Tier I")),
        component("82121-5", "Read depth", amount(400, "1")),
    ]
    value = concept("LA9633-4", "Present", LOINC)
    before = observation("69548-6", valueCodeableConcept=value, component=parts)
    _, of_gene = amended(GenomicVariant, before, genes=f"{HGNC}|HGNC:76|ABL1")
    assert {d.display.partition(",")[0] for d in of_gene} == {"Evidence", "Read depth"}
    _, of_fraction = amended(GenomicVariant, before, fraction="12 %")
    assert {d.display.partition(",")[0] for d in of_fraction} == {"Read depth"}


def test_a_diagnosis_that_changes_leaves_no_words_of_the_old_one():
    code = {**concept("254837009", "Breast cancer, per Dr Smith"), "extension": [WRITTEN]}
    before = recorded("Condition", code=code, stage=[{"summary": {"text": "Stage IIA"}}])
    before |= {
        "id": "breast",
        "text": GENERATED,
        "bodySite": [{**concept("76752008", "Breast, upper outer"), "extension": [WRITTEN]}],
    }
    icd = "http://hl7.org/fhir/sid/icd-10-cm|C34.12"
    plan, found = amended(PrimaryCancer, before, disease=icd, chart=())
    assert {d.label: d.display for d in found} == {
        "Stage": "Stage IIA",
        "Original text": "> 4.00 (repeated)",
    }
    assert "Breast cancer" not in str(plan.writes[0].after["code"])


def order(**more):
    dosage = {
        "text": "1000 mg/m2 by mouth",
        "patientInstruction": "Two tablets",
        "doseAndRate": [{"doseQuantity": amount(1000, "mg/m2")}],
    }
    drug = concept("56946", "paclitaxel", RXNORM)
    given = {"status": "active", "intent": "order", "authoredOn": "2026-04-02"}
    given |= {"medicationCodeableConcept": drug, "dosageInstruction": [dosage]}
    return recorded("MedicationRequest", **given, **more)


@pytest.mark.parametrize(
    "change", [{"dose": "8000 mg"}, {"route": f"{SNOMED}|72607000"}, {"drug": f"{RXNORM}|3639"}]
)
def test_the_words_of_a_dosage_are_those_of_the_old_dose_route_and_drug(change):
    _, found = amended(MedicationRequest, order(), **change)
    assert [d.display for d in found] == ["1000 mg/m2 by mouth", "Two tablets"]
    assert asked(MedicationRequest, order(), note="n", kind="plan") == {}


def test_words_of_a_dosage_that_are_typed_anew_stay():
    changes = {"dose": "8000 mg", "dosage": "8000 mg once"}
    _, found = amended(MedicationRequest, order(), **changes)
    assert [d.display for d in found] == ["Two tablets"]


def test_the_words_of_a_dose_that_was_given_are_asked_about():
    drug = concept("56946", "paclitaxel", RXNORM)
    dosage = {"text": "142 mg over 3 h", "dose": amount(142, "mg")}
    given = {"status": "completed", "effectiveDateTime": "2026-05-01", "dosage": dosage}
    before = recorded("MedicationAdministration", medicationCodeableConcept=drug, **given)
    assert asked(MedicationAdministration, before, dose="120 mg") == {
        "Dosage, in words": "142 mg over 3 h"
    }


def test_words_that_name_a_side_are_asked_about_when_the_side_changes():
    side = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"

    def at(words):
        qualifier = {"url": side, "valueCodeableConcept": concept("7771000", "Left")}
        site = {"coding": [{"system": SNOMED, "code": "76752008", "display": "Breast structure"}]}
        site |= {"text": words, "extension": [qualifier]}
        given = {"status": "completed", "performedDateTime": "2026-04-14", "bodySite": [site]}
        given |= {"reasonReference": [{"reference": "Condition/breast"}]}
        return recorded("Procedure", code=concept("392021009", "Lumpectomy"), **given)

    right = f"{SNOMED}|24028007"
    assert asked(SurgicalProcedure, at("Left breast, 2 o'clock"), side=right) == {
        "Body site, in words": "Left breast, 2 o'clock"
    }
    assert asked(SurgicalProcedure, at("Breast structure"), side=right) == {}


def test_the_description_of_a_tumor_is_that_of_its_place():
    site = concept("80248007", "Left breast structure")
    before = recorded("BodyStructure", location=site, description="Left, 2 o'clock")
    before["patient"] = before.pop("subject")
    before["meta"]["profile"] = [Tumor.parts[-1].profile]
    assert asked(Tumor, before, location="||Right breast") == {"Description": "Left, 2 o'clock"}


def test_a_conclusion_is_that_of_the_findings():
    before = recorded(
        "DiagnosticReport",
        status="final",
        code=concept("51969-4", "Genetic analysis report", LOINC),
        category=[{"coding": [{"code": "GE"}]}],
        effectiveDateTime="2026-11-18",
        conclusion="No mutation found",
        presentedForm=[{"contentType": "application/pdf", "data": "AAAA", "title": "Report.pdf"}],
    )
    assert asked(GenomicsReport, before, results="Observation/kras") == {
        "Conclusion": "No mutation found",
        "Presented form": "Report.pdf",
    }


def test_who_signed_a_note_did_not_sign_another_one():
    note = {"text": "Fasting", "authorString": "Dr Smith", "time": "2026-10-01"}
    plan, found = amended(TumorMarkerTest, psa(note=[note]), note="Not fasting")
    assert [(d.label, d.display) for d in found] == [
        ("Author of the note", "Dr Smith; 01-Oct-2026")
    ]
    assert without(plan, found).writes[0].after["note"] == [{"text": "Not fasting"}]


def test_a_narrative_made_of_the_elements_goes_and_one_that_says_more_is_asked_about():
    plan, found = amended(TumorMarkerTest, psa(text=GENERATED), number="0.10 ng/mL")
    assert "text" not in plan.writes[0].after
    assert found == []
    said = {"status": "additional", "div": "<div>PSA &gt; 4.00, <b>seen by</b> Dr Smith</div>"}
    before = psa(text=said)
    plan, (found,) = amended(TumorMarkerTest, before, number="0.10 ng/mL")
    assert found.display == "PSA > 4.00, seen by Dr Smith"
    assert plan.writes[0].after["text"] == said
    assert "text" not in without(plan, [found]).writes[0].after


def test_what_is_taken_away_is_that_and_nothing_else():
    before = psa(**EVERYTHING, _valueString={"id": "x"}, note=[{}, {"text": "n"}])
    plan, found = amended(TumorMarkerTest, before, number="0.10 ng/mL")
    after = copy.deepcopy(plan.writes[0].after)
    chosen = [d for d in found if d.label in {"Interpretation", "Original text"}]
    now = without(plan, chosen).writes[0].after
    assert after == plan.writes[0].after
    del after["interpretation"]
    del after["valueQuantity"]["extension"]
    assert now == after


def test_the_extensions_of_words_go_with_the_words():
    before = order()
    before["dosageInstruction"][0]["_text"] = {"extension": [WRITTEN]}
    plan, found = amended(MedicationRequest, before, dose="8000 mg")
    (dosage,) = without(plan, found).writes[0].after["dosageInstruction"]
    assert set(dosage) == {"doseAndRate"}


ODD = (7, "words", [7], {"odd": 7}, [{"odd": [None]}], [None], {}, [[]])


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_elements_of_another_type_than_fhir_s_are_asked_about_or_left_alone(odd):
    results = ("interpretation", "referenceRange", "derivedFrom", "performer", "component", "text")
    entries = [
        (TumorMarkerTest, psa() | {name: odd}, {"number": "0.10 ng/mL"})
        for name in (*results, "contained", "category")
    ]
    entries += [
        (MedicationRequest, order() | {name: odd}, {"drug": f"{RXNORM}|3639"})
        for name in ("dosageInstruction", "note")
    ]
    opened = 0
    for form_class, before, change in entries:
        # Some of them no form opens.
        with suppress(NoSuchEntry):
            plan, found = amended(form_class, before, **change)
            assert without(plan, found).writes
            opened += 1
    assert opened


MARK = {"url": "urn:spoken", "valueString": "of the old value"}


def marked(resource):
    """Return a stored resource whose concepts and amounts each have words of their own."""
    marked = copy.deepcopy(resource)
    for node in objects(marked):
        if node is not marked and (
            {"coding", "numerator"} & set(node) or {"value", "unit"} <= set(node)
        ):
            node["extension"] = [*node.get("extension", []), MARK]
    return {**marked, "text": GENERATED}


def silent(before, after, found, path=()):
    """Yield the way to each object that is changed and keeps its mark without a question."""
    pairs = []
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(n, before[n], after[n]) for n in after if n in before]
        rest = [{n: v for n, v in node.items() if n != "extension"} for node in (before, after)]
        marks = after.get("extension", [])
        own = (*path, "extension", marks.index(MARK)) if MARK in marks else None
        if rest[0] != rest[1] and own and own not in found:
            yield path
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = list(zip(range(len(after)), before, after, strict=True))
    for name, old, new_ in pairs:
        yield from silent(old, new_, found, (*path, name))


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_of_no_form_s_answers_is_anything_left_in_silence(form_class):
    entered = new(form_class)
    entered.validate()
    entered.confirmed |= {question.key for question in entered.questions}
    plan = plan_entry(entered.form, entered.subject, AUTHOR, "draft")
    numbers = {w.full_url: f"{w.after['resourceType']}/n{n}" for n, w in enumerate(plan.writes)}
    stored = []
    for write in plan.writes:
        resource = marked(write.after)
        for node in objects(resource):
            if node.get("reference") in numbers:
                node["reference"] = numbers[node["reference"]]
        stored.append({**resource, "id": numbers[write.full_url].partition("/")[2]})
        stored[-1]["meta"] = {**resource["meta"], "versionId": "1"}
    main = next(
        r for r, w in zip(stored, plan.writes, strict=True) if w.label == form_class.parts[-1].label
    )
    others = [resource for resource in stored if resource is not main]
    shown = existing(form_class, main, *others)
    changes = {n: another(item) for n, item in shown.form.asked.items() if item.target}
    changed = 0
    for name, answer in changes.items():
        if answer is None:
            continue
        work = existing(form_class, main, *others, **{name: answer})
        plan = plan_entry(work.form, work.subject, AUTHOR, "draft-2")
        found = dependents(work.form, plan, {})
        for write in plan.writes:
            if write.before:
                changed += 1
                assert "text" not in write.after
                paths = {p for d in found if d.full_url == write.full_url for p in d.paths}
                assert list(silent(write.before, write.after, paths)) == [], name
    assert changed
