"""A stand-in EHR: holds a chart, and answers reads and searches with the habits of real ones."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from app.fhir import wire

BASE = "https://ehr.example/fhir"
INSIDE = "https://inside.hospital.example/fhir"
OWNED = ("subject", "patient")
PARAMS = [{"name": name} for name in ("patient", "subject", "category", "code", "intent")]


@dataclass
class StandIn:
    """Answers for `resources`.

    It refuses the searches for which `refuses(type, parameters)` holds; `most_codes` is the longest
    list that it takes. `outcomes` come with the matches of a search, by type; those of `emptied`
    types come alone. Searches of `hollow` types bring an entry without a resource. `page` is the
    number of matches that come at a time.
    """

    resources: list
    refuses: object = None
    most_codes: int = 1000
    outcomes: dict = field(default_factory=dict)
    emptied: frozenset = frozenset()
    hollow: frozenset = frozenset()
    page: int = 1000
    asked: list = field(default_factory=list)

    def answer(self, request):
        address = urlsplit(request.url)
        path = address.path.removeprefix("/fhir/")
        params = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.asked.append((path, params))
        if path == "metadata":
            return 200, {}, json.dumps(self._statement())
        if "/" in path:
            named = (r for r in self.resources if f"{r['resourceType']}/{r['id']}" == path)
            found = next(named, None)
            return (200, {}, wire.dumps(found)) if found else (404, {}, "{}")
        codes = params["code"].split(",") if "code" in params else []
        if len(codes) > self.most_codes or (self.refuses and self.refuses(path, params)):
            return 400, {}, json.dumps(_outcome("error", "This search is not offered"))
        return 200, {}, wire.dumps(self._bundle(path, params, codes))

    def _bundle(self, type_, params, codes):
        found = [r for r in self.resources if r["resourceType"] == type_]
        asked = params.get("patient") or params.get("subject", "").removeprefix("Patient/")
        found = [r for r in found if owner(r) == asked]
        if "category" in params:
            named = set(params["category"].split(","))
            found = [r for r in found if named & _codes(*r.get("category", []))]
        if codes:
            found = [r for r in found if set(codes) & _codes(r.get("code", {}))]
        if "intent" in params:
            found = [r for r in found if r.get("intent") in params["intent"].split(",")]
        start = int(params.get("from", 0))
        found, rest = found[start : start + self.page], found[start + self.page :]
        entries = [{"resource": r, "search": {"mode": "match"}} for r in found]
        if type_ in self.emptied:
            entries = []
        if type_ in self.hollow:
            entries.append({"fullUrl": "urn:uuid:0"})
        if type_ in self.outcomes:
            told = _outcome(*self.outcomes[type_])
            entries.append({"resource": told, "search": {"mode": "outcome"}})
        query = urlencode({**params, "from": start + self.page})
        link = [{"relation": "next", "url": f"{BASE}/{type_}?{query}"}] if rest else []
        return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}

    def _statement(self):
        types = sorted({r["resourceType"] for r in self.resources})
        offered = [{"type": type_, "searchParam": PARAMS} for type_ in types]
        rest = [{"mode": "server", "resource": offered}]
        return {"resourceType": "CapabilityStatement", "rest": rest}


def owner(resource):
    """Return the id of the patient that a resource names."""
    for name in OWNED:
        if isinstance(resource.get(name), dict):
            reference = str(resource[name].get("reference"))
            return reference.rpartition("/")[2] if "Patient/" in reference else None
    return None


def _codes(*concepts):
    return {coding.get("code") for concept in concepts for coding in concept.get("coding", [])}


def _outcome(severity, words):
    issue = {"severity": severity, "code": "processing", "details": {"text": words}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
