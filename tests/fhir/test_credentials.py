import pytest
import requests

from app.fhir.credentials import Bearer, OneToken


@pytest.mark.parametrize("token", ["access-1", None])
def test_a_source_gives_its_one_token_or_none_and_renews_neither(token):
    assert OneToken(token).current() == token
    assert OneToken(token).renew("spent") is None


@pytest.mark.parametrize(("token", "header"), [("access-1", "Bearer access-1"), (None, None)])
def test_a_request_carries_the_token_if_there_is_one(token, header):
    request = requests.Request("GET", "https://ehr.example/fhir", auth=Bearer(token)).prepare()
    assert request.headers.get("Authorization") == header
