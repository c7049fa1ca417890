"""What the forms say that they need is what they write, and nothing beside."""

import pytest

from app.forms._registry import app_needs
from app.forms._saving.plan import plan_entry
from app.smart.oauth.requested_scopes import resource_scopes
from app.smart.scopes import Scopes
from tests.forms.patient import AUTHOR
from tests.forms.test_every_form import confirmed, every_form, subject_of
from tests.forms.valid import typical


def plan_of(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, typical(form_class, subject))
    assert work.validate()
    return plan_entry(work.form, subject, AUTHOR, "draft-1")


@every_form
@pytest.mark.parametrize("granular", [False, True])
def test_a_form_alone_asks_for_all_that_it_writes_and_reads_back(form_class, granular):
    needs = app_needs().forms[form_class.slug]
    scopes = resource_scopes(needs, level="patient", granular=granular)
    grant = Scopes.parse(" ".join(map(str, scopes)))
    for write in plan_of(form_class).writes:
        for interaction in "crus":
            assert grant.permits(interaction, write.after)
    assert grant.permits("c", plan_of(form_class).provenance)


@every_form
def test_a_form_asks_to_write_nothing_else(form_class):
    needs = app_needs().forms[form_class.slug]
    types = {need.type for need in needs}
    assert types == {part.type for part in form_class.parts} | {"Provenance"}
    assert all("d" not in need.interactions for need in needs)
    assert [need.interactions for need in needs if need.type == "Provenance"] == ["cs"]


def test_reading_alone_needs_no_writing():
    assert {letter for need in app_needs().of([]) for letter in need.interactions} == {"r", "s"}


def test_only_enabled_forms_count():
    needs = app_needs()
    ecog = [need for need in needs.of({"ecog"}) if "c" in need.interactions]
    assert {need.type for need in ecog} == {"Observation", "Provenance"}
    assert needs.of(None) == (*needs.reading, *(n for found in needs.forms.values() for n in found))
