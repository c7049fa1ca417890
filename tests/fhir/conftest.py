"""A scripted EHR: `responses` lays out its answers, tokens are handed out one by one."""

import pytest
import responses

from app.fhir.session import FhirSession, Limits


class Tokens:
    def __init__(self, *tokens):
        self.left = list(tokens)
        self.spent = []

    def current(self):
        return self.left[0] if self.left else None

    def renew(self, spent):
        self.spent.append(spent)
        if len(self.left) < 2:
            return None
        self.left.pop(0)
        return self.left[0]


class Ehr:
    base = "https://ehr.example/fhir"

    def __init__(self, mock):
        self.mock = mock

    def session(self, *tokens, **limits):
        return FhirSession(self.base, Tokens(*(tokens or ("t1",))), Limits(**limits))

    def answers(self, path, body=None, *, status=200, method="GET", **more):
        """Lay out the next answer to `path` below the base, or at a whole address."""
        address = path if "://" in path else f"{self.base}{path}"
        kind = {"json": body} if isinstance(body, (dict, list)) else {"body": body or b""}
        self.mock.add(method, address, status=status, **kind, **more)

    def searchset(self, *resources, next_link=None, **more):
        entries = [{"resource": resource} for resource in resources]
        links = [{"relation": "next", "url": next_link}] if next_link is not None else []
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": links,
            "entry": entries,
            **more,
        }

    def outcome(self, words):
        issue = {"severity": "error", "code": "processing", "diagnostics": words}
        return {"resourceType": "OperationOutcome", "issue": [issue]}

    @property
    def requests(self):
        return [call.request for call in self.mock.calls]

    @property
    def tokens_sent(self):
        return [request.headers.get("Authorization") for request in self.requests]


@pytest.fixture
def ehr():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Ehr(mock)
