import pytest


@pytest.fixture
def settings(settings):
    return {**settings, "MAX_ANSWER_BYTES": 5000}


@pytest.mark.parametrize(("letters", "status"), [(3000, 200), (6000, 502)])
def test_what_is_read_of_a_chart_is_bounded_by_the_setting(ehr, launch, browser, letters, status):
    home = f"/l/{launch()}/"
    patient = {"resourceType": "Patient", "id": "elena", "birthDate": "1961-03-02"}
    ehr.http.get(f"{ehr.issuer}/Patient/elena", json={**patient, "language": "x" * letters})
    page = browser.get(f"{home}receipts/")
    assert page.status_code == status
    assert ("too large" in page.text) is (status == 502)
