"""A chart that misbehaves on demand, for the ways in which a save can go wrong."""

import copy
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import requests
import responses

from tests.forms.cases import BASE


class Chart:
    """Stores what it is sent; `fault` is called with the chart and the bundle before each answer.

    As every server does, it refuses to update another version than the present one. A fault may
    change the chart, raise as a broken line does, or return an answer of its own.
    `look` is called with the path and the query of each read and search, and may answer itself.
    `keep` makes of a resource that is sent what is stored. A search finds nothing of `unindexed`,
    the names of what an index that is behind does not have, and leaves out the elements `subset`.
    With `heeds_if_match` False another version may be replaced.
    """

    def __init__(self, mock: responses.RequestsMock, *stored) -> None:
        self.stored = {f"{r['resourceType']}/{r['id']}": copy.deepcopy(r) for r in stored}
        self.sent: list[dict] = []
        self.fault = None
        self.reading_fails = False
        self.look = None
        self.keep = None
        self.unindexed: set[str] = set()
        self.subset: tuple[str, ...] = ()
        self.heeds_if_match = True
        self.past: dict[str, dict] = {}
        mock.add_callback(responses.POST, BASE, callback=self._transaction)
        for method, answer in ((responses.POST, self._create), (responses.PUT, self._update)):
            mock.add_callback(method, re.compile(rf"{BASE}/\w+(/[\w-]+)?$"), callback=answer)
        mock.add_callback(
            responses.GET,
            re.compile(rf"{BASE}/(?!metadata)\w+(/[\w-]+){{0,3}}(\?.*)?$"),
            callback=self._get,
        )

    def of_type(self, type_: str) -> list[dict]:
        return [r for name, r in self.stored.items() if name.startswith(f"{type_}/")]

    def store(self, name: str, resource: dict) -> None:
        """Let the chart hold a resource from now on, its versions before among the past ones."""
        for held in (self.stored.get(name), resource):
            if held and (version := held.get("meta", {}).get("versionId")):
                self.past[f"{name}/_history/{version}"] = copy.deepcopy(held)
        self.stored[name] = resource

    def apply(self, bundle: dict, entries: slice = slice(None)) -> list[dict]:
        """Store the entries of a bundle, as a transaction does; conditional creates hold."""
        answers, names = [], {}
        for entry in bundle["entry"][entries]:
            resource, request = copy.deepcopy(entry["resource"]), entry["request"]
            existing = self._matching(request.get("ifNoneExist", ""))
            if request["method"] == "PUT":
                name, status = request["url"], 200
                resource["meta"] = {**resource.get("meta", {}), "versionId": self._next(name)}
            elif existing:
                name, status, resource = existing, 200, self.stored[existing]
            else:
                resource["id"] = f"new-{len(self.stored)}"
                name, status = f"{resource['resourceType']}/{resource['id']}", 201
                resource["meta"] = {**resource.get("meta", {}), "versionId": "1"}
            if "fullUrl" in entry:
                names[entry["fullUrl"]] = name
            if self.keep and not existing:
                self.keep(resource)
            self.store(name, resource)
            answers.append({"response": {"status": str(status), "location": f"{name}/_history/1"}})
        for resource in self.stored.values():
            _point(resource, names)
        return answers

    def _transaction(self, request):
        bundle = json.loads(request.body)
        self.sent.append(bundle)
        if self.fault and (answer := self.fault(self, bundle)):
            return answer
        if self._is_outdated(bundle):
            return refused(412)(self, bundle)
        entries = self.apply(bundle)
        return 200, {}, json.dumps({"resourceType": "Bundle", "entry": entries})

    def _create(self, request):
        resource = json.loads(request.body)
        condition = request.headers.get("If-None-Exist", "")
        posted = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}
        return self._one({"resource": resource, "request": posted})

    def _update(self, request):
        resource = json.loads(request.body)
        name = f"{resource['resourceType']}/{resource['id']}"
        request = {"method": "PUT", "url": name, "ifMatch": request.headers.get("If-Match", "")}
        return self._one({"resource": resource, "request": request})

    def _one(self, entry):
        self.sent.append(entry)
        if self.fault and (answer := self.fault(self, {"entry": [entry]})):
            return answer
        if self._is_outdated({"entry": [entry]}):
            return refused(412)(self, entry)
        answer = self.apply({"entry": [entry]})[0]["response"]
        return int(answer["status"]), {"Location": answer["location"]}, ""

    def _get(self, request):
        if self.reading_fails:
            raise requests.ConnectTimeout
        parts = urlsplit(request.url)
        name = parts.path.removeprefix(urlsplit(BASE).path).strip("/")
        query = parse_qs(parts.query)
        if self.look and (answer := self.look(name, query)):
            return answer
        if "/" in name:
            found = self.stored.get(name) or self.past.get(name)
            return (200, {}, json.dumps(found)) if found else (404, {}, "{}")
        hits = [self._indexed(r) for r in self.of_type(name) if _fits(r, query)]
        hits = [r for r in hits if f"{name}/{r['id']}" not in self.unindexed]
        entries = [{"resource": r, "search": {"mode": "match"}} for r in hits]
        return (
            200,
            {},
            json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}),
        )

    def _indexed(self, resource: dict) -> dict:
        """Return a resource as a search gives it out."""
        if not self.subset:
            return resource
        left = {n: v for n, v in resource.items() if n not in self.subset}
        return {**left, "meta": {**left.get("meta", {}), "tag": [{"code": "SUBSETTED"}]}}

    def _is_outdated(self, bundle: dict) -> bool:
        """Tell whether an entry is to replace another version than the one that is held."""
        if not self.heeds_if_match:
            return False
        asked = [entry["request"] for entry in bundle["entry"] if entry["request"].get("ifMatch")]
        return any(
            request["ifMatch"] != f'W/"{self.stored[request["url"]]["meta"]["versionId"]}"'
            for request in asked
        )

    def _matching(self, condition: str) -> str | None:
        value = unquote(condition.partition("=")[2]).rpartition("|")[2]
        known = {n: r for n, r in self.stored.items() if n not in self.unindexed}
        return next((n for n, r in known.items() if value and value in json.dumps(r)), None)

    def _next(self, name: str) -> str:
        return str(int(self.stored[name]["meta"]["versionId"]) + 1)


def lost(chart: Chart, bundle: dict):
    """Store all, then lose the answer."""
    chart.apply(bundle)
    raise requests.ReadTimeout


def lagging(chart: Chart, bundle: dict):
    """Store all, lose the answer, and let no search find it: the index is behind."""
    before = {*chart.stored}
    try:
        lost(chart, bundle)
    finally:
        chart.unindexed |= {*chart.stored} - before


def dropped(chart: Chart, bundle: dict):
    """Lose the request after it was sent."""
    raise requests.ReadTimeout


def refused(status: int, text: str = "no"):
    """Refuse without storing anything."""
    issue = {"severity": "error", "diagnostics": text}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}

    def fault(chart: Chart, bundle: dict):
        return status, {}, json.dumps(outcome)

    return fault


def half(count: int, status: int = 412):
    """Store the first entries, then refuse the rest."""

    def fault(chart: Chart, bundle: dict):
        chart.apply(bundle, slice(count))
        return refused(status)(chart, bundle)

    return fault


def _fits(resource: dict, query: dict[str, list[str]]) -> bool:
    if "identifier" in query:
        value = query["identifier"][0].rpartition("|")[2]
        return any(i.get("value") == value for i in resource.get("identifier", []))
    if "target" in query:
        return {"reference": query["target"][0]} in resource.get("target", [])
    return True


def _point(node, names) -> None:
    """Let each text that names an entry of a bundle name what was stored for it.

    Some servers look at references only, some, as this one, at all texts.
    """
    for key, value in enumerate(node) if isinstance(node, list) else node.items():
        if isinstance(value, (dict, list)):
            _point(value, names)
        elif isinstance(value, str) and value in names:
            node[key] = names[value]


def add_identifier(resource: dict) -> None:
    """Give a resource a number of the EHR's own."""
    own = {"system": "urn:ehr:number", "value": resource.get("id", "7")}
    held = resource.get("identifier")
    if resource["resourceType"] == "AdverseEvent":
        resource["identifier"] = own
    elif resource["resourceType"] != "Provenance":
        resource["identifier"] = [own, *(held or [])]


def add_coding(resource: dict) -> None:
    """Add a translation to each coded element, and the version and the term to the codes."""
    for concept in _concepts(resource):
        for coding in concept["coding"]:
            coding |= {"version": "2026-09", "display": "A term of the EHR", "userSelected": False}
        concept["coding"].insert(0, {"system": "urn:ehr:local", "code": "L1", "display": "Local"})
        concept.setdefault("text", "A term of the EHR")


def add_category(resource: dict) -> None:
    """Add a category of the EHR's own, and what it generates."""
    local = {"coding": [{"system": "urn:ehr:category", "code": "onc"}]}
    if resource["resourceType"] in {"Observation", "Condition", "DiagnosticReport"}:
        resource["category"] = [local, *resource.get("category", [])]
    resource["text"] = {"status": "generated", "div": "<div/>"}
    added = {"url": "urn:ehr:added", "valueString": "x"}
    resource["extension"] = [added, *resource.get("extension", [])]


def expand_date(resource: dict) -> None:
    """Add midnight and a zone to each day."""
    for node in _nodes(resource):
        for name, value in node.items():
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                node[name] = f"{value}T00:00:00-05:00"


def make_absolute(resource: dict) -> None:
    """Make each reference absolute and versioned."""
    for node in _nodes(resource):
        if isinstance(node.get("reference"), str) and "/" in node["reference"]:
            node["reference"] = f"{BASE}/{node['reference']}/_history/2"


def reorder(resource: dict) -> None:
    """Turn each list, and the elements."""
    for node in _nodes(resource):
        for name, value in [*node.items()][::-1]:
            node[name] = value[::-1] if isinstance(value, list) else value


ADDITIONS = (add_identifier, add_coding, add_category, expand_date, make_absolute, reorder)
"""What EHRs do to a resource without a change of what it means."""


def _nodes(node) -> list[dict]:
    """Return all objects of a resource."""
    if isinstance(node, list):
        return [found for item in node for found in _nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for value in node.values() for found in _nodes(value))]


def _concepts(resource: dict) -> list[dict]:
    return [node for node in _nodes(resource) if isinstance(node.get("coding"), list)]
