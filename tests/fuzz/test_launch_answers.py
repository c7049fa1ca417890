"""Ten thousand launches in which one answer of the EHR has gone wrong.

Each goes the whole way: launch, callback, a page. It ends in a right launch or in a page that
says what happened; nothing that must stay secret gets to anybody but its addressee.
"""

import json
import math
import os
import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import requests

from app.smart import cookies
from tests.fuzz import id_tokens, mutations
from tests.fuzz.browser import assert_sound
from tests.fuzz.chance import SEED, chance_of
from tests.fuzz.hospital import CLIENT_ID, MARK, Hospital
from tests.fuzz.id_tokens import Keys, decoded
from tests.fuzz.network import Answer
from tests.fuzz.running import Running, running

pytestmark = pytest.mark.fuzz

CASES = 10_000
ALGORITHMS = ("ES256", "ES256", "ES256", "RS256")
CHECKED = ("iss", "aud", "azp", "nonce", "exp", "iat", "sub")
ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")

Bender = Callable[[Hospital, Random], None]


def _document(name: str, change) -> Bender:
    def bend(hospital: Hospital, chance: Random) -> None:
        hospital.bent[name] = lambda body: change(body, chance)

    return bend


def _structure(body: bytes, chance: Random) -> bytes:
    return json.dumps(mutations.structure(json.loads(body), chance)).encode()


def _claims(change) -> Bender:
    """Signed rightly, with other claims."""

    def bend(hospital: Hospital, chance: Random) -> None:
        hospital.id_token = lambda claims: hospital.keys.sign(
            change(claims, chance), hospital.algorithm
        )

    return bend


def _one_checked_claim(claims: dict, chance: Random) -> dict:
    name = chance.choice(CHECKED)
    now, value = claims["iat"], claims[name]
    others = [mutations.junk(chance), None, [value], {"value": value}, str(value), f"{value} "]
    if name in {"exp", "iat"}:
        others = [*others, -now, now - 400, now + 400, now * 1000, float(now), math.inf, now - 3600]
    if name == "aud":
        others = [*others, [], ["other"], ["other", value], [value, "other"], [[value]]]
    changed = {**claims, name: chance.choice(others)}
    if chance.random() < 0.2:
        changed["azp"] = chance.choice((None, "other", [CLIENT_ID], ""))
    if chance.random() < 0.2:
        del changed[chance.choice(list(changed))]
    return changed


def _forged(forge) -> Bender:
    """Another statement in the place of the right one: `forge` gets hospital, claims, chance."""

    def bend(hospital: Hospital, chance: Random) -> None:
        hospital.id_token = lambda claims: forge(hospital, claims, chance)

    return bend


def _right(hospital: Hospital, claims: dict) -> str:
    return hospital.keys.sign(claims, hospital.algorithm)


def kinds(other: Keys) -> dict[str, Bender]:
    """Return the ways in which a launch goes wrong, by name; the first is none."""
    ways: dict[str, Bender] = {"nothing": lambda _hospital, _chance: None}
    for name in ("smart", "openid", "jwks", "token", "introspection"):
        ways[f"{name}: structure"] = _document(name, _structure)
        ways[f"{name}: bytes"] = _document(name, mutations.of_bytes)
        ways[f"{name}: answer"] = _document(name, mutations.of_answer)
    return ways | {
        "claims": _claims(mutations.structure),
        "checked claims": _claims(_one_checked_claim),
        "header": _forged(lambda h, c, r: id_tokens.header_changed(h.keys, c, h.algorithm, r)),
        "other key": _forged(lambda h, c, r: id_tokens.by_another(other, c, h.algorithm, r)),
        "own key": _forged(lambda h, c, r: id_tokens.with_own_key(other, c, h.algorithm, r)),
        "hmac": _forged(lambda h, c, r: id_tokens.with_public_key_as_secret(h.keys, c, r)),
        "unsigned": _forged(lambda h, c, r: id_tokens.unsigned(h.keys, c, r)),
        "text": _forged(lambda h, c, r: id_tokens.text_changed(_right(h, c), r)),
        "shape": _forged(lambda h, c, r: id_tokens.misshapen(_right(h, c), r)),
    }


class Case:
    """One launch, from the EHR's button to a page of it, and what must hold of it."""

    def __init__(self, house: Running, hospital: Hospital) -> None:
        self.app, self.network, self.log = house.app, house.network, house.log
        self.hospital = hospital
        self.pages: list = []
        self.network.sent.clear()
        self.log.clear()
        self.network.answer = hospital.answer

    def run(self) -> str:
        """Return how far it came."""
        hospital = self.hospital
        client = self.app.test_client()
        query = urlencode({"iss": hospital.issuer, "launch": f"launch-{MARK}"})
        begun = self._get(client, f"/launch?{query}")
        if begun.status_code != 302:
            return "no launch"
        hospital.follow(begun.location)
        query = urlencode({"code": hospital.code, "state": hospital.asked.get("state", "")})
        callback = urlsplit(hospital.asked.get("redirect_uri", "")).path
        opened = self._get(client, f"{callback}?{query}")
        if opened.status_code != 303:
            return "refused"
        self._assert_right(opened.location.split("/")[2])
        page = self._get(client, self._first_page(opened.location))
        for _ in range(2):  # by way of what the EHR opened the app for
            if page.status_code in {302, 303}:
                page = self._get(client, page.location)
        assert page.status_code == 200, page.text
        assert f"Person-{self.token['patient']}".upper() in page.text.upper()
        return "opened"

    def _first_page(self, address: str) -> str:
        """Return where the case ends: one in three at the summary, which asks for the whole chart.

        The receipts ask for the patient alone, whom they show as well.
        """
        if self.hospital.number % 3 == 0:
            return address
        return f"{re.match('/l/[^/]+/', address)[0]}receipts/"

    def _get(self, client, address: str):
        answer = client.get(address)
        self.pages.append(answer)
        assert_sound(answer)
        if answer.status_code >= 400:
            assert re.search(r"<h1[^>]*>[^<]{10,}</h1>", answer.text), answer.text
            assert answer.mimetype == "text/html"
        return answer

    @property
    def token(self) -> dict:
        return read(self.hospital.served["token"])

    def _assert_right(self, launch_id: str) -> None:
        """Assert that a launch is what the EHR's answers, as they were sent, say."""
        key = self._cookie()
        launch = self.app.extensions["smart"].find_launch(launch_id, key)
        token = self.token
        assert launch.patient_id == str(token["patient"])
        assert ID.fullmatch(launch.patient_id)
        assert launch.ehr.issuer == self.hospital.issuer
        id_token = token.get("id_token")
        if id_token is None:
            assert launch.user.reference is None
            assert "openid" not in token["scope"].split()
            return
        claims = self._proven(id_token)
        said = str(claims.get("fhirUser"))
        user = launch.user.reference
        local = said.removeprefix(f"{self.hospital.issuer}/")
        assert user is None or re.fullmatch(rf"{re.escape(user)}(/_history/[\w.-]+)?", local)
        if said == f"{self.hospital.issuer}/Practitioner/owen":
            assert user == "Practitioner/owen"

    def _cookie(self) -> str:
        opened = self.pages[1].headers["Set-Cookie"]
        return re.match(rf"{cookies.NAME}=([^;]+)", opened)[1]

    def _proven(self, id_token: str) -> dict:
        """Return the claims; whatever was changed in them or their signature is not accepted."""
        right = self.hospital.signed
        assert isinstance(id_token, str)
        assert id_token.count(".") == 2
        header, payload, signature = (decoded(part) for part in id_token.split("."))
        self._assert_signature(json.loads(header), id_token, signature)
        assert right is not None
        claims, now = json.loads(payload), time.time()
        assert claims["iss"] == self.hospital.auth
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        assert CLIENT_ID in audience
        assert claims.get("azp", None if len(audience) > 1 else CLIENT_ID) in {CLIENT_ID, None}
        assert len(audience) == 1 or claims["azp"] == CLIENT_ID
        assert claims["nonce"] == self.hospital.asked["nonce"]
        assert claims["exp"] > now - 305
        assert claims["iat"] < now + 305
        assert claims["sub"]
        # The signer's document and keys, as they were sent, are this EHR's.
        assert read(self.hospital.served["openid"])["issuer"] == self.hospital.auth
        return claims

    def _assert_signature(self, header: dict, id_token: str, signature: bytes) -> None:
        keys, signed = self.hospital.keys, id_token.rpartition(".")[0].encode()
        if header["alg"] == "RS256":
            assert signature == keys.signature("RS256", signed)
            material = keys.jwk("RS256")["n"]
        else:
            assert header["alg"] == "ES256"
            keys.verify(signature, signed)
            material = keys.jwk("ES256")["x"]
        assert material in str(read(self.hospital.served["jwks"]))

    def assert_secrets_kept(self) -> None:
        """Assert that each secret went to its addressee alone."""
        secrets = [MARK, *(self.hospital.asked.get(name, "") for name in ("state", "nonce"))]
        secrets = [secret for secret in secrets if len(secret) > 3]
        for record in self.log:
            assert not any(secret in record for secret in secrets), record
        for page in self.pages[1:]:
            assert not any(secret in page.text for secret in secrets), page.text
            assert MARK not in str(page.headers)
        for sent in self.network.sent:
            assert sent.url.startswith("https://")
            if "grant_type" in sent.form:
                assert sent.url == self._endpoint("token_endpoint")
            elif "token" in sent.form:
                names = ("revocation_endpoint", "introspection_endpoint")
                assert sent.url in {self._endpoint(name) for name in names}
            elif "Authorization" in sent.headers:
                assert self.hospital.is_below_base(sent.url)
                assert sent.method == "GET"
                assert MARK not in f"{sent.url}{sent.body}"
            else:
                assert MARK not in f"{sent.url}{sent.headers}{sent.body}"
            assert "Cookie" not in sent.headers
            assert "/caught" not in sent.url

    def _endpoint(self, name: str) -> str | None:
        """Return an endpoint that the EHR's configuration names, as it was sent.

        None for what is no address: nothing can be sent there.
        """
        address = read(self.hospital.served["smart"]).get(name)
        if not isinstance(address, str):
            return None
        try:
            address = urljoin(f"{self.hospital.issuer}/", address)
            return requests.Request("POST", address).prepare().url
        except ValueError:
            return None


def read(answer: Answer) -> dict:
    """Return what a document says to a reader who makes the best of it."""
    try:
        return json.loads(answer.body)
    except UnicodeDecodeError:
        return json.loads(answer.body.decode("latin-1"))


def _run(numbers: range, folder: Path) -> dict[str, Counter]:
    """Return how the cases with these numbers ended, by what was wrong in them."""
    keys, ways = Keys(), kinds(Keys())
    names = list(ways)
    outcomes: dict[str, Counter] = {name: Counter() for name in names}
    with running(folder) as house:
        for number in numbers:
            name = names[number % len(names)]
            chance = chance_of(number)
            hospital = Hospital(number, keys, chance.choice(ALGORITHMS))
            ways[name](hospital, chance)
            case = Case(house, hospital)
            try:
                outcomes[name][case.run()] += 1
                case.assert_secrets_kept()
            except Exception as fault:  # whatever it is, it is told with its case
                said = f"case {number} ({name}) of seed {SEED}: {hospital.served!s:.3000}"
                raise AssertionError(said) from fault
    return outcomes


def test_an_answer_gone_wrong_opens_a_right_launch_or_none(tmp_path):
    workers = os.cpu_count() or 1
    folders = [tmp_path / str(worker) for worker in range(workers)]
    for folder in folders:
        folder.mkdir()
    shares = [range(worker, CASES, workers) for worker in range(workers)]
    # A process of its own for each share: the cases take as long as the machine has processors.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        found = list(pool.map(_run, shares, folders))
    names = found[0].keys()
    outcomes = {name: sum((share[name] for share in found), Counter()) for name in names}
    cases = {name: counted.total() for name, counted in outcomes.items()}
    assert sum(cases.values()) == CASES
    assert max(cases.values()) - min(cases.values()) <= 1
    # Where nothing went wrong everything goes well; a forged statement opens nothing at all.
    assert set(outcomes["nothing"]) == {"opened"}
    for forged in ("other key", "own key", "hmac", "unsigned"):
        assert set(outcomes[forged]) == {"refused"}, forged
    # Where every case of a kind ended alike, the kind would try nothing.
    for name in ("claims", "checked claims", "header", "smart: structure", "openid: structure"):
        assert 0.05 < outcomes[name]["opened"] / cases[name] < 0.95, (name, outcomes[name])
