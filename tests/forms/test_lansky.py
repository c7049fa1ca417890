import pytest

from app.forms.lansky import Lansky
from tests.forms.entering import fresh, new, sentences, written

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"


def test_a_score_is_written_as_a_number_with_the_code_that_names_it():
    (observation,) = written(new(Lansky))
    profile = (
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-lansky-play-performance-status"
    )
    assert observation["meta"]["profile"] == [profile]
    assert observation["code"]["coding"] == [{"system": NCIT, "code": "C38144"}]
    assert observation["category"][0]["coding"][0]["code"] == "survey"
    assert observation["valueInteger"] == 90
    assert observation["interpretation"] == [
        {
            "coding": [
                {"system": NCIT, "code": "C69425", "display": "Lansky Performance Status 90"}
            ],
            "text": "Lansky Performance Status 90",
        }
    ]
    assert observation["effectiveDateTime"] == "2026-11-20"


@pytest.mark.parametrize(("points", "code"), [("0", "C70538"), ("50", "C69421"), ("100", "C69426")])
def test_each_score_has_its_own_code_and_none_speaks_of_a_death(points, code):
    (observation,) = written(new(Lansky, points=points))
    assert observation["interpretation"][0]["coding"][0]["code"] == code
    assert observation["valueInteger"] == int(points)


@pytest.mark.parametrize(
    ("born", "told"),
    [
        ("1964-02-14", "over 16"),
        ("2009-11-24", "over 16"),
        ("2009-11-25", ""),
        ("2025-11-24", ""),
        ("2025-11-25", "under 1"),
        ("2009", ""),
    ],
)
def test_the_form_says_where_the_patient_is_no_child_of_the_scale_s_age(born, told):
    work = fresh(Lansky, patient={"birthDate": born})
    found = work.form.notices(work.subject)
    assert len(found) == bool(told)
    assert all(told in words for words in found)


def test_what_is_impossible_is_told_at_its_field():
    assert sentences(new(Lansky, points="")) == {"points": "Choose the Lansky score"}
    assert sentences(new(Lansky, date="")) == {"date": "Enter the date of assessment"}
