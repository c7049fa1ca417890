"""Every form on other people's servers: entered, amended, taken back, and officially valid."""

import pytest

from app.forms._registry import all_forms
from app.mcode.retraction import is_retracted
from tests.interop import entries

pytestmark = [pytest.mark.interop, pytest.mark.network]

every_form = pytest.mark.parametrize("slug", list(all_forms()))


@every_form
def test_what_a_form_writes_is_valid_when_entered_amended_and_taken_back(hapi, passes, slug):
    chart = entries.Chart(hapi.chart)
    clinician, (main, *others) = entries.enter(hapi.demo, chart, slug)
    passes([main, *others])
    assert any(reference.startswith("Provenance/") for reference in others)
    passes(entries.amend(clinician, slug, main))
    passes(entries.retract(clinician, slug, main))
    assert is_retracted(hapi.chart.read(main))


@every_form
def test_a_second_make_of_server_takes_every_form_too(medplum, slug):
    chart = entries.Chart(medplum.chart)
    clinician, (main, *others) = entries.enter(medplum.demo, chart, slug)
    before = {reference: medplum.chart.read(reference) for reference in (main, *others)}
    changed = entries.amend(clinician, slug, main)
    versions = [before[r]["meta"]["versionId"] for r in changed if r in before]
    assert versions
    assert all(
        medplum.chart.read(r)["meta"]["versionId"] != before[r]["meta"]["versionId"]
        for r in changed
        if r in before
    )
    entries.retract(clinician, slug, main)
    assert is_retracted(medplum.chart.read(main))
