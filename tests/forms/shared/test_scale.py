"""What the forms of one score share."""

import pytest

from app.forms.ecog import Ecog
from app.forms.karnofsky import Karnofsky
from tests.forms.entering import fresh


@pytest.mark.parametrize("form_class", [Ecog, Karnofsky])
def test_a_scale_for_adults_says_so_of_a_child(form_class):
    child = fresh(form_class, patient={"birthDate": "2020-05-02"})
    assert any("Lansky" in notice for notice in child.form.notices(child.subject))
    adult = fresh(form_class)
    assert adult.form.notices(adult.subject) == []
