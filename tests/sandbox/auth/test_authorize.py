"""The authorization endpoint: what it lets through, sends back, and shows a page for."""

import re

import pytest

ORIGIN = "http://127.0.0.1:9000"


def refused(smart, answer):
    """Return the error of a redirect to the client, having checked who it says it is from."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith("http://127.0.0.1:8000/callback?")
    sent = smart.query(answer)
    assert sent["iss"] == ORIGIN
    assert "code" not in sent
    return sent


def test_a_launch_goes_straight_through(smart):
    answer = smart.authorize()

    sent = smart.query(answer)
    assert answer.status_code == 302
    assert (sent["state"], sent["iss"]) == ("state-of-the-client", ORIGIN)
    assert len(sent["code"]) >= 43


def test_the_request_may_be_posted(smart):
    parameters = smart.parameters(launch=smart.launch())

    answer = smart.http.post("/auth/authorize", data=parameters)

    assert "code" in smart.query(answer)


def test_a_posted_request_is_read_from_its_body_only(smart):
    parameters = smart.parameters(launch=smart.launch())

    answer = smart.http.post("/auth/authorize", query_string=parameters)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'c\u00f6de"\\'}, "unsupported_response_type"),
        ({"state": ""}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"aud": "http://127.0.0.1:9000/fhir/"}, "invalid_request"),
        ({"aud": "http://evil.example/fhir"}, "invalid_request"),
        ({"aud": ["http://127.0.0.1:9000/fhir", "http://evil.example/fhir"]}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "v" * 43, "code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "launch patient/Observation.sur system/*.rs"}, None),
        ({"scope": "patient/Patient.rs"}, "invalid_request"),
        ({"launch": "no-such-launch"}, "invalid_request"),
        ({"launch": None}, "invalid_request"),
        ({"state": ["one", "two"]}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_what_is_not_right_is_refused_at_the_redirect_uri(smart, changes, error):
    answer = smart.authorize(**changes)

    if error is None:
        assert "code" in smart.query(answer)
    else:
        sent = refused(smart, answer)
        assert sent["error"] == error
        states = changes.get("state", "state-of-the-client")
        assert sent.get("state") == (states if isinstance(states, str) and states else None)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": ["oncoform", "nobody"]},
        {"redirect_uri": None},
        {"redirect_uri": "http://127.0.0.1:8000/callback/"},
        {"redirect_uri": "http://127.0.0.1:8000/callback?x=1"},
        {"redirect_uri": "http://evil.example/callback"},
        {"redirect_uri": 'http://evil.example/\u00e4"<script>'},
        {"redirect_uri": ["http://127.0.0.1:8000/callback", "http://evil.example/"]},
    ],
)
def test_nothing_is_sent_to_a_redirect_uri_that_is_not_the_clients(smart, changes):
    answer = smart.authorize(**changes)

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "<script" not in answer.text
    assert "<h1>" in answer.text


def test_a_launch_is_good_once(smart):
    launch = smart.launch()
    smart.code(launch=launch)

    assert refused(smart, smart.authorize(launch=launch))["error"] == "invalid_request"


def test_of_two_requests_that_saw_the_launch_unspent_one_gets_a_code(smart, state, monkeypatch):
    launch = smart.launch()
    seen = state.launches.look(launch)
    monkeypatch.setattr(state.launches, "look", lambda _: seen)
    smart.code(launch=launch)

    assert refused(smart, smart.authorize(launch=launch))["error"] == "invalid_request"


def test_a_refused_request_does_not_spend_the_launch(smart):
    launch = smart.launch()
    smart.authorize(launch=launch, code_challenge_method="plain")

    assert smart.code(launch=launch)


def test_a_launch_of_another_client_is_refused_and_not_spent(smart):
    launch = smart.launch()

    foreign = smart.authorize(launch=launch, client_id="oncoform-symmetric")

    assert refused(smart, foreign)["error"] == "invalid_request"
    assert smart.code(launch=launch)


def test_a_launch_ends_after_five_minutes(smart, later):
    launch = smart.launch()
    later(301)

    assert refused(smart, smart.authorize(launch=launch))["error"] == "invalid_request"


class TestStandalone:
    SCOPE = "launch/patient launch/encounter openid fhirUser patient/Patient.rs"

    def page(self, smart, **changes):
        return smart.authorize(launch=None, **{"scope": self.SCOPE} | changes)

    def choose(self, smart, page, **choice):
        key = re.search(r'name="choice" value="([^"]+)"', page.text)[1]
        sent = {"choice": key, "decision": "allow", "user": "nurse-nancy", "patient": "ada-byron"}
        return smart.http.post("/auth/choose", data=sent | choice)

    def test_user_and_patient_are_chosen_on_a_page(self, smart):
        page = self.page(smart)
        assert page.status_code == 200
        assert "Ada" in page.text

        answer = smart.exchange(smart.query(self.choose(smart, page))["code"]).json

        assert (answer["patient"], answer["encounter"]) == ("ada-byron", "ada-new")
        assert answer["scope"] == self.SCOPE

    def test_without_launch_patient_no_patient_is_asked_for_or_given(self, smart):
        page = self.page(smart, scope="openid user/Practitioner.rs patient/Patient.rs")
        assert "Ada" not in page.text

        answer = smart.exchange(smart.query(self.choose(smart, page))["code"]).json

        assert "patient" not in answer
        assert answer["scope"] == "openid user/Practitioner.rs"

    def test_denial_is_a_redirect(self, smart):
        sent = refused(smart, self.choose(smart, self.page(smart), decision="deny"))

        assert (sent["error"], sent["state"]) == ("access_denied", "state-of-the-client")

    def test_a_choice_is_good_once(self, smart):
        page = self.page(smart)
        self.choose(smart, page)

        assert self.choose(smart, page).status_code == 400

    @pytest.mark.parametrize("choice", [{"user": "nobody"}, {"patient": ""}, {"patient": "../x"}])
    def test_a_missing_choice_is_asked_for_again(self, smart, choice):
        page = self.page(smart)

        again = self.choose(smart, page, **choice)

        assert again.status_code == 422
        assert "Error: " in again.text
        assert self.choose(smart, again).status_code == 302

    def test_prompt_none_cannot_show_a_page(self, smart):
        assert refused(smart, self.page(smart, prompt="none"))["error"] == "login_required"
