import copy

import pytest

from app.forms._definition import Subject
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.forms.genomic_region_studied import GenomicRegionStudied
from app.mcode.assembly import assemble
from tests.forms.cases import concept
from tests.forms.entering import typed
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.sending import sent

LOINC = "http://loinc.org"
EXAMINED = {
    "resourceType": "Observation",
    "id": "examined",
    "meta": {"versionId": "2"},
    "status": "final",
    "code": concept("53041-0", "Region", LOINC),
    "subject": {"reference": "Patient/pat"},
    "effectiveDateTime": "2026-11-20",
    "component": [
        {
            "code": concept("48018-6", "Gene", LOINC),
            "valueCodeableConcept": concept("HGNC:11389", "STK11", "http://www.genenames.org"),
        },
        {
            "code": concept("51959-5", "Range", LOINC),
            "valueRange": {"low": {"value": 5}, "high": {"value": 9}},
        },
        {
            "code": concept("51959-5", "Range", LOINC),
            "valueRange": {"low": {"value": 15}, "high": {"value": 19}},
        },
    ],
}


def subject_of(*resources, id_=None):
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([*CHART, *resources]))
    originals = find_subject(GenomicRegionStudied, record, id_)[1] if id_ else {}
    return Subject(record, "pat", None, TODAY, originals)


def work_on(changes):
    return typed(GenomicRegionStudied, changes)


def test_a_region_says_what_was_examined_and_has_no_value():
    work = work_on({"mutation": "c.1799T>A"})
    assert work.validate(), work.problems()
    resource = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes[0].after
    assert resource["meta"]["profile"] == [
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-genomic-region-studied"
    ]
    assert resource["code"]["coding"] == [{"system": LOINC, "code": "53041-0"}]
    assert resource["category"][0]["coding"][0]["code"] == "laboratory"
    assert not [name for name in resource if name.startswith("value")]
    assert resource["specimen"] == {"reference": "Specimen/core"}
    told = [
        (part["code"]["coding"][0]["code"], next(v for k, v in part.items() if k != "code"))
        for part in resource["component"]
    ]
    assert told == [
        (
            "48018-6",
            {
                "coding": [
                    {
                        "system": "http://www.genenames.org",
                        "code": "HGNC:11389",
                        "display": "STK11",
                    }
                ],
                "text": "STK11",
            },
        ),
        ("81293-3", "All coding exons"),
        (
            "36908-2",
            {
                "coding": [{"system": "http://varnomen.hgvs.org", "code": "c.1799T>A"}],
                "text": "c.1799T>A",
            },
        ),
        (
            "48013-7",
            {
                "coding": [
                    {"system": "http://www.ncbi.nlm.nih.gov/refseq", "code": "NC_000019.10"}
                ],
                "text": "NC_000019.10",
            },
        ),
        ("51959-5", {"low": {"value": 1205799}, "high": {"value": 1228435}}),
        (
            "92822-6",
            {
                "coding": [
                    {
                        "system": LOINC,
                        "code": "LA30102-0",
                        "display": "1-based character counting",
                    }
                ],
                "text": "1-based character counting",
            },
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"gene": "", "region": "", "positions": ""},
            "gene",
            "Choose the gene, or enter the region in words",
        ),
        (
            {"positions": "1205799"},
            "positions",
            "Enter the first and last position with a hyphen between, such as 100-250",
        ),
        ({"positions": "250-100"}, "positions", "Enter the smaller position first"),
        ({"date-year": ""}, "date", "Enter the year with four digits, such as 2026"),
        ({"date-year": "2027"}, "date", "Enter a date of the test that is not in the future"),
        (
            {"mutation": "V600E"},
            "mutation",
            "Enter the change in the notation of HGVS, such as c.1799T>A",
        ),
    ],
)
def test_what_cannot_be_gets_a_sentence_at_its_field(changes, field, sentence):
    work = work_on(changes)
    assert not work.validate()
    assert [str(error) for error in work.form[field].errors] == [sentence]


def test_of_several_ranges_the_first_is_amended_and_the_others_stay():
    subject = subject_of(EXAMINED, id_="examined")
    shown = existing_workspace(GenomicRegionStudied, subject, "examined", None, None)
    assert shown.form.positions.text == "5-9"
    assert shown.form.display("gene") == "STK11"
    answers = {**sent(shown.form), SEEN: shown.seen.text(), "positions": "5-10"}
    work = existing_workspace(GenomicRegionStudied, subject, "examined", None, answers)
    assert work.validate(), work.problems()
    after = plan_entry(work.form, subject, AUTHOR, "draft-1").writes[0].after
    expected = copy.deepcopy(EXAMINED["component"])
    expected[1]["valueRange"]["high"] = {"value": 10}
    assert after["component"] == expected


def test_the_regions_on_record_stand_beside_the_form():
    form = GenomicRegionStudied()
    assert form.chart_context(subject_of(EXAMINED)) == [("STK11", "examined", "20-Nov-2026")]
