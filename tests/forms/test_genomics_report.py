import copy

import pytest

from app.forms._definition import Subject
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.forms.genomics_report import GenomicsReport
from app.mcode.assembly import assemble
from tests.forms import valid
from tests.forms.cases import concept
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.sending import sent

LOINC = "http://loinc.org"


def marker(id_, loinc, words, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": concept(loinc, words, LOINC),
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-11-18",
        **more,
    }


MSI = marker("msi", "81695-9", "Microsatellite instability", valueString="MSI-H")
PSA = marker("psa", "2857-1", "PSA", valueString="high")
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "report",
    "meta": {"versionId": "2"},
    "status": "final",
    "code": concept("51969-4", "Report", LOINC),
    "subject": {"reference": "Patient/pat"},
    "effectiveDateTime": "2026-11-18",
    "issued": "2026-11-20T09:30:15.250+11:00",
    "specimen": [{"reference": "Specimen/core", "display": "Core"}],
    "result": [
        {"reference": "Observation/kras", "display": "KRAS"},
        {"reference": "Observation/away", "display": "A finding elsewhere"},
        {"reference": "https://lab.example/fhir/Observation/9", "display": "Of the laboratory"},
    ],
}


def subject_of(*resources, id_=None):
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([*CHART, *resources]))
    originals = find_subject(GenomicsReport, record, id_)[1] if id_ else {}
    return Subject(record, "pat", None, TODAY, originals)


def work_on(changes, *resources):
    subject = subject_of(*resources)
    answers = {**valid.typical(GenomicsReport, subject), **changes}
    return new_workspace(GenomicsReport, subject, None, answers)


def reopen(changes=None):
    subject = subject_of(REPORT, id_="report")
    shown = existing_workspace(GenomicsReport, subject, "report", None, None)
    if changes is None:
        return shown
    answers = {**sent(shown.form), SEEN: shown.seen.text(), **changes}
    return existing_workspace(GenomicsReport, subject, "report", None, answers)


def test_a_report_ties_findings_and_specimens():
    work = work_on({"results": "Observation/kras\nObservation/msi"}, MSI)
    assert work.validate(), work.problems()
    resource = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes[0].after
    del resource["identifier"]
    assert resource == {
        "resourceType": "DiagnosticReport",
        "meta": {
            "profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-genomics-report"]
        },
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "GE"}]}
        ],
        "code": {
            "coding": [{"system": LOINC, "code": "51969-4"}],
            "text": "Genetic analysis report",
        },
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "effectiveDateTime": "2026-11-18",
        "issued": "2026-11-20T14:30:00-05:00",
        "specimen": [{"reference": "Specimen/core"}],
        "result": [{"reference": "Observation/kras"}, {"reference": "Observation/msi"}],
        "conclusion": "No KRAS mutation found",
    }


def test_variants_regions_and_genomic_markers_are_offered_the_newest_first():
    form = new_workspace(GenomicsReport, subject_of(MSI, PSA), None, None).form
    assert [(o.text, o.label) for o in form.results.options] == [
        ("Observation/msi", "Microsatellite instability, MSI-H · 18-Nov-2026"),
        ("Observation/kras", "KRAS, Absent · 20-Mar-2026"),
    ]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"results": "", "conclusion": ""},
            "results",
            "Choose the findings of the report, or enter its conclusion",
        ),
        ({"results": "Observation/other"}, "results", "Choose from the answers"),
        ({"date-year": "2027"}, "date", "Enter a date of the test that is not in the future"),
        (
            {"issued": "2026-11-20"},
            "issued",
            "Enter day, time and time zone, such as 2026-11-20 14:30 -05:00",
        ),
        ({"issued": "2026-02-30 14:30 UTC"}, "issued", "Enter a day that the month has"),
        (
            {"issued": "2026-12-20 14:30 UTC"},
            "issued",
            "Enter a day of issue that is not in the future",
        ),
        (
            {"issued": "2026-11-17 14:30 UTC"},
            "issued",
            "Enter a day of issue that is not before the test",
        ),
    ],
)
def test_what_cannot_be_gets_a_sentence_at_its_field(changes, field, sentence):
    work = work_on(changes)
    assert not work.validate()
    assert [str(error) for error in work.form[field].errors] == [sentence]


def test_results_that_the_chart_does_not_show_stay():
    shown = reopen()
    assert shown.form.results.text == "Observation/away\nObservation/kras"
    assert shown.form.issued.text == "2026-11-20 09:30:15.250 +11:00"
    labels = {option.text: option.label for option in shown.form.results.options}
    assert labels["Observation/away"] == "A finding elsewhere (as in the chart)"
    assert shown.origins["results"] == "in the chart: Of the laboratory"
    unchanged = reopen({})
    assert unchanged.validate()
    assert plan_entry(unchanged.form, unchanged.subject, AUTHOR, "d").writes == ()


def test_a_result_that_is_taken_away_takes_no_other_along():
    work = reopen({"results": "Observation/away"})
    assert work.validate(), work.problems()
    after = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes[0].after
    assert after["result"] == REPORT["result"][1:]
    assert {name for name in after if after[name] != REPORT.get(name)} == {"result", "status"}
    assert after["status"] == "amended"


def test_without_findings_the_form_says_what_to_do_first():
    record = assemble(copy.deepcopy(PATIENT), [])
    empty = Subject(record, "pat", None, TODAY)
    work = new_workspace(GenomicsReport, empty, None, None)
    assert "Enter variants and regions studied first" in work.form.notices(empty)[0]
    full = subject_of()
    assert new_workspace(GenomicsReport, full, None, None).form.notices(full) == []
