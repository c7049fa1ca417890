import pytest

from app.forms._pages.workspace import author_of, new_workspace
from app.forms._saving.plan import plan_entry
from app.forms.tnm_stage import TnmStage
from app.mcode import conformance


class TestAuthor:
    @pytest.mark.parametrize(
        ("reference", "name", "signed", "shown"),
        [
            ("Practitioner/owen", "Dr Owen", "Practitioner/owen", "Dr Owen"),
            ("Practitioner/owen", "", "Practitioner/owen", "Practitioner/owen"),
            ("PractitionerRole/7", "", "PractitionerRole/7", "PractitionerRole/7"),
            ("Person/owen", "Owen", None, "Owen"),
            ("Person/owen", "", None, "Person/owen"),
            (None, "", None, "a user whom the EHR did not name"),
        ],
    )
    def test_is_told_by_name_or_as_the_ehr_knows_them(self, reference, name, signed, shown):
        author = author_of(reference, name, "visit")
        assert (author.reference, author.name) == (signed, shown)
        assert author.encounter == "Encounter/visit"

    @pytest.mark.parametrize("reference", ["Practitioner/owen", "Person/owen", None])
    def test_without_a_name_can_write_what_conforms(self, make_subject, answers, reference):
        subject = make_subject()
        work = new_workspace(TnmStage, subject, None, answers())
        assert work.validate()
        plan = plan_entry(work.form, subject, author_of(reference, "", None), "draft-1")
        assert plan.writes
        for resource in (*(write.after for write in plan.writes), plan.provenance):
            assert conformance.problems(resource) == []
