"""The examples of FHIR R4 itself on the page of one patient: none of them is left out."""

from tests.r4_examples import PATIENT, needs_r4_examples, r4_chart, r4_patient
from tests.summary.reading.charts import DIVIDED
from tests.summary.reading.test_left_out import left_out


@needs_r4_examples
def test_no_example_is_left_out(read):
    page = read([r4_patient(), *r4_chart()])
    assert "This page is incomplete" not in page.words
    assert left_out(page, r4_chart(), PATIENT) == []


@needs_r4_examples
def test_where_the_ehr_lists_by_category_only_what_has_none_is_said_to_be_unread(read):
    def refuses(type_, params):
        return type_ in DIVIDED and not {"category", "code"} & set(params)

    page = read([r4_patient(), *r4_chart()], refuses=refuses)
    said = page.card("Not read: what has no category")
    assert "diagnoses, observations, diagnostic reports" in said
    assert {name.partition("/")[0] for name in left_out(page, r4_chart(), PATIENT)} <= {*DIVIDED}
