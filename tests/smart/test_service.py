from contextlib import ExitStack, contextmanager

import pytest

from app.commands import serve
from app.smart import service


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


@contextmanager
def held(places, number, key="example"):
    """Hold so many places of an EHR, as others do who wait for it."""
    with ExitStack() as others, pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "_seconds", 0.01)
        for _ in range(number):
            others.enter_context(places.hold(key))
        yield


@pytest.fixture
def sign_ins(app):
    return app.extensions["smart"]._places_of_sign_ins


def test_a_token_endpoint_that_hangs_holds_few_threads(ehr, begin, answer, launch, sign_ins):
    asked = begin()
    with held(sign_ins, service.MOST_SIGNING_IN):
        refused = answer(code="code-1", state=asked["state"])
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "30"
    assert "Open the app again from the chart in half a minute." in refused.text
    assert not ehr.requests("/token")
    for _ in range(2 * service.MOST_SIGNING_IN):
        launch()


def test_another_ehr_that_hangs_keeps_nobody_from_signing_in(launch, sign_ins):
    with held(sign_ins, service.MOST_SIGNING_IN, "another"):
        launch()


def test_who_signs_out_does_not_wait_for_an_ehr_that_hangs(ehr, launch, browser, sign_ins):
    address = f"/l/{launch()}"
    with held(sign_ins, service.MOST_SIGNING_IN):
        assert browser.post(f"{address}/sign-out").location == "/signed-out"
    assert browser.get(f"{address}/other").status_code == 404
    assert not ehr.requests("/revoke")


def test_more_time_is_asked_for_in_a_place_of_the_ehr(app, ehr, launch, browser):
    address = f"/l/{launch()}/extend"
    asked = len(ehr.requests("/token"))
    with held(app.extensions["smart"]._places_of_ehrs, service.MOST_READING):
        assert browser.post(address).status_code == 503
    assert len(ehr.requests("/token")) == asked
    assert browser.post(address).status_code == 303
    assert len(ehr.requests("/token")) == asked + 1


def test_two_ehrs_that_hang_leave_threads_to_all_others():
    assert 2 * service.MOST_OF_EHR < serve.THREADS
