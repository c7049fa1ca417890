"""The visit from which the app was opened stands in everything that is written there."""

from dataclasses import replace

import pytest
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from fhirclient.models.fhirreference import FHIRReference

from app.fhir.paths import references
from app.forms._pages.workspace import author_of, new_workspace
from app.forms._saving.plan import plan_entry
from tests.forms import valid
from tests.forms.patient import AUTHOR
from tests.forms.test_every_form import every_form, subject_of


def place_of(type_):
    """Return where FHIR R4 has the encounter of a type, as the tables of fhirclient know it."""
    # Required elements may lack: only the table is looked at.
    table = FHIRElementFactory.instantiate(type_, None).elementProperties()
    found = {name for name, _, kind, *_ in table if kind is FHIRReference}
    return next(iter({"encounter", "context"} & found), None)


def written(form_class, author):
    """Return the resources of a typical new entry."""
    subject = subject_of(form_class)
    work = new_workspace(form_class, subject, None, valid.typical(form_class, subject))
    assert work.validate() or work.questions, work.problems()
    return [write.after for write in plan_entry(work.form, subject, author, "draft").writes]


@every_form
def test_it_is_named_where_the_type_has_a_place_for_it(form_class):
    resources = written(form_class, AUTHOR)
    assert resources
    for resource in resources:
        place = place_of(resource["resourceType"])
        named = [name for name in references(resource) if name.startswith("Encounter/")]
        assert named == (["Encounter/visit"] if place else []), resource["resourceType"]
        if place:
            assert resource[place] == {"reference": "Encounter/visit"}


@every_form
def test_none_is_made_up_where_the_launch_has_none(form_class):
    for resource in written(form_class, replace(AUTHOR, encounter=None)):
        assert "encounter" not in resource
        assert "context" not in resource


@pytest.mark.parametrize(
    ("encounter_id", "reference"), [("visit", "Encounter/visit"), (None, None)]
)
def test_it_is_the_one_of_the_launch(encounter_id, reference):
    assert author_of("Practitioner/nancy", "Nancy", encounter_id).encounter == reference
