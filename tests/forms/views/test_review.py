"""The review says how the EHR will take the entry."""

import json

import pytest
import responses

from app.forms.ecog import Ecog
from tests.forms.cases import BASE


@pytest.mark.parametrize(
    ("interactions", "how"), [(["transaction"], "all or none"), (["batch"], "one after the other")]
)
def test_a_review_promises_all_or_none_only_where_the_ehr_has_transactions(
    ehr, chart, launch, interactions, how
):
    rest = {"mode": "server", "interaction": [{"code": code} for code in interactions]}
    statement = {"resourceType": "CapabilityStatement", "rest": [rest]}
    ehr.replace(responses.GET, f"{BASE}/metadata", body=json.dumps(statement))
    nancy = launch()
    nancy.get(nancy.review(Ecog))
    assert f"1 record to Example EHR, {how}, as Nancy Nurse" in nancy.words
