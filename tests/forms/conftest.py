import copy
from datetime import date

import pytest
import responses

from app.fhir.session import FhirSession
from app.forms._definition import Author, Subject
from app.forms._registry import find_subject
from app.forms.tnm_stage import TnmStage
from app.mcode.assembly import assemble
from tests.forms.cases import AJCC8, BASE, CONDITION, PATIENT


@pytest.fixture
def author():
    return Author("Practitioner/nancy", "Nancy Nurse", "Encounter/visit")


@pytest.fixture
def make_subject():
    def make(*resources, amend=None, primary="breast"):
        record = assemble(
            copy.deepcopy(PATIENT), [copy.deepcopy(CONDITION), *copy.deepcopy(list(resources))]
        )
        originals = find_subject(TnmStage, record, amend)[1] if amend else {}
        return Subject(record, "pat", record.primary(primary), date(2026, 11, 24), originals)

    return make


@pytest.fixture
def answers():
    """The answers of a pathologic stage, as a browser sends them."""
    form = TnmStage()

    def key(axis, label, prefix="p"):
        return next(
            option.text
            for option in form[axis].options
            if option.label == label and prefix in option.only_for
        )

    def make(**changes):
        given = {
            "prefix": "p",
            "t": key("t", "pT2"),
            "n": key("n", "pN1a"),
            "m": key("m", "cM0"),
            "group": key("group", "IIB"),
            "edition": AJCC8,
            "date-day": "28",
            "date-month": "apr",
            "date-year": "2026",
            "note": "",
        }
        return {**given, **changes}

    make.key = key
    return make


class Tokens:
    def current(self):
        return "token"

    def renew(self, spent):
        return None


@pytest.fixture
def ehr():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{BASE}/metadata", status=404)
        yield mock


@pytest.fixture
def session():
    return FhirSession(BASE, Tokens())
