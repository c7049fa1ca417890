import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from app.fhir.errors import Expired
from app.smart.errors import EhrUnusable, TokenRefused
from app.smart.oauth.tokens import LaunchTokens, read_tokens
from app.store import Store, StoredLaunch
from app.store.database import now

CASE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "expires-in-fraction.json"
GOOD = {
    "access_token": "access-2",
    "token_type": "Bearer",
    "scope": "patient/*.rs",
    "expires_in": 3600,
    "refresh_token": "refresh-2",
}
# Longer than any thread of a busy machine takes: what is waited for always comes.
PATIENCE_SECONDS = 60


class Client:
    """Stands in for the OAuth client: answers with what a test says, and counts."""

    def __init__(self) -> None:
        self.answer: object = GOOD
        self.spent: list[str] = []
        self.revoked: list[str] = []
        self.pause = 0.0
        self.meanwhile: Callable[[], object] = list

    def refresh(self, refresh_token: str) -> dict:
        self.spent.append(refresh_token)
        time.sleep(self.pause)
        self.meanwhile()
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)

    def revoke(self, token: str, hint: str) -> None:
        self.revoked.append(token)


@pytest.fixture
def store(database_url, settings):
    store = Store(database_url, settings["SECRET_KEYS"], kept=timedelta(days=1))
    yield store
    store.close()


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def source(store, client):
    """Keep a launch whose token has some seconds left; its token source."""

    def source(left: float | None = 3600, *, refreshable: bool = True):
        tokens = {
            "access_token": "access-1",
            "refresh_token": "refresh-1" if refreshable else None,
            "scope": "patient/*.rs",
            "expires_at": None if left is None else time.time() + left,
            "renew_at": None if left is None else time.time() + left - 60,
        }
        expires = now() + timedelta(hours=1)
        kept = StoredLaunch("launch", "ehr", "owner", {}, tokens, expires)
        store.launches.add("key", kept)
        return LaunchTokens(
            store.launches, "launch", "elena", lambda: client, patience=PATIENCE_SECONDS
        )

    return source


class TestTokenResponse:
    def test_is_kept_in_its_parts(self):
        kept = read_tokens({**GOOD, "unknown": 1, "expires_at": "x"})
        assert kept.pop("expires_at") == pytest.approx(time.time() + 3600, abs=2)
        assert kept.pop("renew_at") == pytest.approx(time.time() + 3540, abs=2)
        assert kept == {
            "access_token": "access-2",
            "refresh_token": "refresh-2",
            "scope": "patient/*.rs",
        }

    @pytest.mark.parametrize("token_type", ["bearer", "BEARER"])
    def test_writes_bearer_in_any_case(self, token_type):
        assert read_tokens({**GOOD, "token_type": token_type})

    @pytest.mark.parametrize(
        "change",
        [
            {"token_type": "mac"},
            {"token_type": None},
            {"token_type": ["Bearer"]},
            {"access_token": None},
            {"access_token": ""},
            {"access_token": "two words"},
            {"access_token": "line\r\nX-Header: 1"},
            {"access_token": "x" * 20_001},
            {"access_token": ["access"]},
            {"access_token": {"a": 1}},
            {"scope": None},
            {"scope": ["patient/*.rs"]},
            {"scope": "patient/*.rs \ud800"},
            {"refresh_token": ""},
            {"refresh_token": 7},
            {"refresh_token": "two words"},
            {"expires_in": "soon"},
            {"expires_in": -1},
            {"expires_in": 0},
            {"expires_in": Decimal("0.5")},
            {"expires_in": "0.5"},
            {"expires_in": "-60"},
            {"expires_in": "1e3"},
            {"expires_in": " 60"},
            {"expires_in": True},
            {"expires_in": []},
            {"expires_in": "9" * 11},
        ],
    )
    def test_with_a_wrong_part_is_refused(self, change):
        with pytest.raises(TokenRefused) as refusal:
            read_tokens({**GOOD, **change})
        assert "access-2" not in str(refusal.value.details) + str(refusal.value)

    @pytest.mark.parametrize("expires_in", [10**400, "9999999999"])
    def test_with_an_endless_life_is_kept_for_a_month(self, expires_in):
        kept = read_tokens({**GOOD, "expires_in": expires_in})
        assert kept["expires_at"] == pytest.approx(time.time() + 30 * 86400, abs=2)

    @pytest.mark.parametrize(
        "expires_in", [3600, Decimal("3600.5"), Decimal("3.6E+3"), "3600", "3600.5", "3600.0"]
    )
    def test_may_say_the_seconds_with_a_fraction_or_as_text(self, expires_in):
        kept = read_tokens({**GOOD, "expires_in": expires_in})
        assert kept["expires_at"] == pytest.approx(time.time() + 3600, abs=2)
        assert isinstance(kept["expires_at"], int)

    def test_of_a_renewal_keeps_what_it_leaves_out(self):
        kept = read_tokens(
            {"access_token": "access-2", "token_type": "Bearer"},
            kept={"refresh_token": "refresh-1", "scope": "openid", "access_token": "access-1"},
        )
        assert kept == {
            "access_token": "access-2",
            "refresh_token": "refresh-1",
            "scope": "openid",
            "expires_at": None,
            "renew_at": None,
        }

    def test_of_a_short_life_is_not_renewed_at_once(self):
        kept = read_tokens({**GOOD, "expires_in": 60})
        assert kept["expires_at"] - kept["renew_at"] == 15


class TestCurrent:
    @pytest.mark.parametrize("left", [3600, 61, None])
    def test_gives_the_token_while_it_lasts(self, source, client, left):
        assert source(left).current() == "access-1"
        assert not client.spent

    @pytest.mark.parametrize("left", [59, 1, -100])
    def test_renews_a_token_that_ends_within_a_minute(self, source, client, left):
        tokens = source(left)
        assert tokens.current() == "access-2"
        assert tokens.current() == "access-2"
        assert client.spent == ["refresh-1"]

    def test_rotates_the_refresh_token(self, source, client):
        tokens = source()
        tokens.renew("access-1")
        client.answer = {**GOOD, "access_token": "access-3", "refresh_token": "refresh-3"}
        assert tokens.renew("access-2") == "access-3"
        assert client.spent == ["refresh-1", "refresh-2"]

    def test_keeps_the_refresh_token_where_the_ehr_gives_no_other(self, source, client):
        tokens = source()
        client.answer = {**GOOD, "refresh_token": None}
        tokens.renew("access-1")
        client.answer = {**GOOD, "access_token": "access-3"}
        tokens.renew("access-2")
        assert client.spent == ["refresh-1", "refresh-1"]

    def test_keeps_the_scope_that_a_renewal_narrows(self, source, store, client):
        client.answer = {**GOOD, "scope": "openid"}
        source().renew("access-1")
        assert store.launches.tokens("launch").tokens["scope"] == "openid"

    def test_gives_the_old_token_while_it_lasts_when_a_renewal_fails(self, source, client):
        client.answer = TokenRefused("x", details=[], spent=True)
        tokens = source(30)
        assert tokens.current() == "access-1"
        assert tokens.current() == "access-1"
        assert len(client.spent) == 1

    @pytest.mark.parametrize("refreshable", [True, False])
    def test_says_that_the_session_has_ended(self, source, client, refreshable):
        client.answer = TokenRefused("x", details=[], spent=True)
        tokens = source(-1, refreshable=refreshable)
        for _ in range(2):
            with pytest.raises(Expired):
                tokens.current()
        assert len(client.spent) <= 1

    def test_of_a_closed_launch_says_that_the_session_has_ended(self, source, store, client):
        tokens = source()
        store.launches.end("launch", "signed-out")
        assert tokens.renew("access-1") is None
        with pytest.raises(Expired):
            tokens.current()
        assert not client.spent


class TestRenew:
    def test_gives_the_token_that_another_has_renewed(self, source, client):
        tokens = source()
        tokens.renew("access-1")
        assert tokens.renew("access-1") == "access-2"
        assert client.spent == ["refresh-1"]

    def test_tries_again_where_the_refresh_token_was_not_spent(self, source, client):
        tokens = source()
        client.answer = TokenRefused("x", details=[], spent=False)
        assert tokens.renew("access-1") is None
        client.answer = GOOD
        assert tokens.renew("access-1") == "access-2"

    def test_never_spends_a_token_again_that_may_be_spent(self, source, client):
        tokens = source()
        client.answer = TokenRefused("x", details=[], spent=True)
        assert tokens.renew("access-1") is None
        client.answer = GOOD
        assert tokens.renew("access-1") is None
        assert client.spent == ["refresh-1"]

    @pytest.mark.parametrize("change", [{"patient": "bob"}, {"patient": 7}, {"token_type": "mac"}])
    def test_refuses_a_token_for_another_patient(self, source, store, client, change):
        client.answer = {**GOOD, **change}
        assert source().renew("access-1") is None
        assert store.launches.tokens("launch").tokens["access_token"] == "access-1"

    @pytest.mark.parametrize("patient", ["bob", 7, "Patient/bob", ["elena"], "", "Group/elena"])
    def test_never_spends_a_token_again_that_is_for_another_patient(self, source, client, patient):
        tokens = source()
        client.answer = {**GOOD, "patient": patient}
        tokens.renew("access-1")
        client.answer = GOOD
        assert tokens.renew("access-1") is None
        assert client.spent == ["refresh-1"]

    @pytest.mark.parametrize(
        "change",
        [{"token_type": "mac"}, {"scope": 7}, {"expires_in": "soon"}, {"access_token": "a b"}],
    )
    @pytest.mark.parametrize("given", ["refresh-1", "refresh-2", None, 7])
    def test_an_answer_of_no_use_costs_no_refresh_token_that_is_good(
        self, source, client, change, given
    ):
        tokens = source()
        client.answer = {**GOOD, **change, "refresh_token": given}
        assert tokens.renew("access-1") is None
        assert tokens.current() == "access-1"
        client.answer = GOOD
        assert tokens.renew("access-1") == "access-2"
        assert client.spent == ["refresh-1", given if isinstance(given, str) else "refresh-1"]

    @pytest.mark.parametrize("patient", ["elena", "Patient/elena", None])
    def test_takes_a_token_for_the_same_patient(self, source, client, patient):
        client.answer = {**GOOD, "patient": patient}
        assert source().renew("access-1") == "access-2"

    def test_spends_nothing_where_the_ehr_cannot_be_found(self, source, store):
        def unusable():
            raise EhrUnusable("x")

        source()
        tokens = LaunchTokens(store.launches, "launch", "elena", unusable, patience=5)
        assert tokens.renew("access-1") is None
        assert not store.launches.tokens("launch").renewing

    def test_gives_back_what_comes_after_the_sign_out(self, source, store, client):
        client.meanwhile = lambda: store.launches.end("launch", "signed-out")
        assert source().renew("access-1") is None
        assert client.revoked == ["refresh-2", "access-2"]

    def test_by_eight_threads_at_once_spends_the_refresh_token_once(self, source, client):
        client.pause = 0.2
        tokens = source()
        barrier = threading.Barrier(8)

        def renew(_):
            barrier.wait()
            return tokens.renew("access-1")

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(renew, range(8))) == {"access-2"}
        assert client.spent == ["refresh-1"]

    def test_by_two_app_servers_at_once_spends_the_refresh_token_once(
        self, source, client, database_url, settings
    ):
        client.pause = 0.2
        first = source()
        other = Store(database_url, settings["SECRET_KEYS"], kept=timedelta(days=1))
        second = LaunchTokens(
            other.launches, "launch", "elena", lambda: client, patience=PATIENCE_SECONDS
        )
        with ThreadPoolExecutor(2) as pool:
            renewed = pool.map(lambda tokens: tokens.renew("access-1"), [first, second])
            assert set(renewed) == {"access-2"}
        other.close()
        assert client.spent == ["refresh-1"]

    def test_waits_for_nobody_while_the_token_lasts(self, source, store, client):
        tokens = source(30)
        assert store.launches.begin_renewal("launch", 1)
        begun = time.monotonic()
        assert tokens.current() == "access-1"
        assert time.monotonic() - begun < 1
        assert not client.spent

    def test_gives_up_on_one_who_never_comes_back(self, source, store, client):
        source()
        tokens = LaunchTokens(store.launches, "launch", "elena", lambda: client, patience=0.2)
        assert store.launches.begin_renewal("launch", 1)
        assert tokens.renew("access-1") is None
        assert not client.spent
        # Whether it was spent nobody knows, so it never is again.
        assert store.launches.tokens("launch").tokens["refresh_token"] is None
        assert tokens.renew("access-1") is None
        assert not client.spent

    def test_gives_up_with_one_who_gives_up(self, source, store, client, monkeypatch):
        tokens = source()
        lease = store.launches.begin_renewal("launch", 1)
        # Whoever waits for another looks again after a moment: in that the other gives up.
        monkeypatch.setattr(
            "app.smart.oauth.tokens.time.sleep",
            lambda _seconds: store.launches.abandon_renewal("launch", lease),
        )
        assert tokens.renew("access-1") is None
        assert not client.spent


class TestEndpoint:
    """What the token endpoint itself may answer."""

    @pytest.mark.parametrize(
        "token",
        [
            {"patient": None},
            {"patient": 7.5},
            {"patient": True},
            {"patient": ["elena"]},
            {"patient": ""},
            {"patient": "../Patient"},
            {"patient": "x" * 65},
            {"patient": "Group/elena"},
            {"patient": "Patient/.."},
            {"patient": "https://evil.example/fhir/Patient/elena"},
        ],
    )
    def test_an_answer_without_a_patient_is_refused(self, ehr, begin, answer, token):
        ehr.token = token
        page = answer(code="code-1", state=begin()["state"])
        assert page.status_code == 400
        assert "No patient is open" in page.text

    @pytest.mark.parametrize(
        ("said", "patient"),
        [
            (7, "7"),
            (0, "0"),
            ("Patient/elena", "elena"),
            ("Patient/elena/_history/2", "elena"),
            ("https://ehr.example/fhir/Patient/elena", "elena"),
        ],
    )
    def test_a_patient_may_be_a_number_or_a_reference(
        self, ehr, launch, app, browser, said, patient
    ):
        ehr.token = {"patient": said}
        launch_id = launch()
        assert _open(app, browser, launch_id).patient_id == patient
        assert browser.post(f"/l/{launch_id}/extend").status_code == 303

    @pytest.mark.parametrize("mark", ["\ufeff", ""])
    @pytest.mark.parametrize("charset", ["; charset=utf-8", ""])
    @pytest.mark.parametrize("expires_in", [3600.5, "3600.5", 3600])
    def test_a_byte_order_mark_or_a_fraction_changes_nothing(
        self, ehr, begin, answer, app, mark, charset, expires_in
    ):
        state = begin()["state"]
        ehr.token = {"expires_in": expires_in}
        kind = {"Content-Type": f"application/json{charset}"}
        ehr.token = (200, kind, (mark + json.dumps(ehr.token_answer())).encode())
        for page in ("jwks", "openid"):
            setattr(ehr, page, (200, kind, (mark + json.dumps(getattr(ehr, page))).encode()))
        opened = answer(code="code-1", state=state)
        assert opened.status_code == 303, opened.text
        tokens = app.extensions["store"].launches.tokens(opened.location.split("/")[2]).tokens
        assert tokens["expires_at"] == pytest.approx(time.time() + 3600, abs=5)

    @pytest.mark.skipif(not CASE.is_file(), reason="the case stands beside a checkout, if at all")
    def test_the_case_of_a_fraction_opens(self, ehr, launch, app):
        case = json.loads(CASE.read_text(encoding="utf-8"))
        ehr.token = case["server"]["token"]
        tokens = app.extensions["store"].launches.tokens(launch()).tokens
        assert tokens["expires_at"] == pytest.approx(time.time() + 3600, abs=5)

    def test_a_refusal_with_a_byte_order_mark_is_understood(self, ehr, begin, answer):
        kind = {"Content-Type": "application/json; charset=utf-8"}
        ehr.token = (400, kind, '\ufeff{"error": "invalid_grant"}'.encode())
        page = answer(code="code-1", state=begin()["state"])
        assert "took too long, or was used before" in page.text

    @pytest.mark.parametrize(
        "token",
        [
            {"token_type": "mac"},
            {"token_type": None},
            {"access_token": None},
            {"access_token": 7},
            {"scope": None},
            {"expires_in": []},
            {"expires_in": "soon"},
            {"expires_in": 1e400},
            {"expires_at": []},
            (200, {"Content-Type": "text/html"}, "<html>Sign in</html>"),
            (200, {}, ""),
            (200, {}, "[]"),
            (200, {}, "null"),
            (200, {}, '"token"'),
            (200, {}, "[" * 100_000),
            (200, {}, '{"expires_in": ' + "9" * 5000 + "}"),
            (200, {}, b'{"access_token": "\xff"}'),
            (200, {}, "x" * 1_100_000),
            (204, {}, ""),
            (302, {"Location": "https://evil.example/token"}, ""),
            (307, {"Location": "https://evil.example/token"}, ""),
            (400, {}, '{"error": "invalid_grant"}'),
            (400, {}, '{"error": ["x"], "error_description": 7}'),
            (400, {}, '{"access_token": "x", "token_type": "Bearer", "scope": ""}'),
            (401, {}, "<html>"),
            (500, {}, '{"access_token": "x"}'),
            (503, {}, ""),
            requests.ConnectTimeout("code-1"),
            requests.ReadTimeout("code-1"),
            requests.ConnectionError("code-1"),
        ],
    )
    def test_what_is_no_token_response_is_refused(self, ehr, begin, answer, token):
        ehr.token = token
        page = answer(code="code-1", state=begin()["state"])
        assert page.status_code == 502
        assert "did not complete the sign-in" in page.text
        assert "code-1" not in page.text
        assert len(ehr.requests("/token")) == 1
        assert not [call for call in ehr.http.calls if "evil" in call.request.url]

    def test_without_openid_the_user_is_unknown(self, ehr, launch, app, browser):
        ehr.token = {"scope": "launch patient/*.rs", "id_token": None}
        user = _open(app, browser, launch()).user
        assert (user.reference, user.name) == (None, "")

    @pytest.mark.parametrize("id_token", [None, 7, ""])
    def test_openid_without_a_statement_is_refused(self, ehr, begin, answer, id_token):
        ehr.token = {"id_token": id_token}
        assert answer(code="code-1", state=begin()["state"]).status_code == 502

    def test_a_statement_nobody_asked_for_is_checked_all_the_same(self, ehr, begin, answer):
        state = begin()["state"]
        ehr.claims = {"nonce": "another"}
        ehr.token = {"scope": "launch"}
        assert answer(code="code-1", state=state).status_code == 502


def _open(app, browser, launch_id):
    key = browser.get_cookie("__Host-oncoform", domain="app.example").value
    return app.extensions["smart"].find_launch(launch_id, key)
