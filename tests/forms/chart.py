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
    """

    def __init__(self, mock: responses.RequestsMock, *stored) -> None:
        self.stored = {f"{r['resourceType']}/{r['id']}": copy.deepcopy(r) for r in stored}
        self.sent: list[dict] = []
        self.fault = None
        self.reading_fails = False
        self.look = None
        mock.add_callback(responses.POST, BASE, callback=self._transaction)
        for method, answer in ((responses.POST, self._create), (responses.PUT, self._update)):
            mock.add_callback(method, re.compile(rf"{BASE}/\w+(/[\w-]+)?$"), callback=answer)
        mock.add_callback(
            responses.GET,
            re.compile(rf"{BASE}/(?!metadata)\w+(/[\w-]+)?(\?.*)?$"),
            callback=self._get,
        )

    def of_type(self, type_: str) -> list[dict]:
        return [r for name, r in self.stored.items() if name.startswith(f"{type_}/")]

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
            self.stored[name] = resource
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
            found = self.stored.get(name)
            return (200, {}, json.dumps(found)) if found else (404, {}, "{}")
        hits = [r for r in self.of_type(name) if _fits(r, query)]
        entries = [{"resource": r, "search": {"mode": "match"}} for r in hits]
        return (
            200,
            {},
            json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}),
        )

    def _is_outdated(self, bundle: dict) -> bool:
        """Tell whether an entry is to replace another version than the one that is held."""
        asked = [entry["request"] for entry in bundle["entry"] if entry["request"].get("ifMatch")]
        return any(
            request["ifMatch"] != f'W/"{self.stored[request["url"]]["meta"]["versionId"]}"'
            for request in asked
        )

    def _matching(self, condition: str) -> str | None:
        value = unquote(condition.partition("=")[2]).rpartition("|")[2]
        return next((n for n, r in self.stored.items() if value and value in json.dumps(r)), None)

    def _next(self, name: str) -> str:
        return str(int(self.stored[name]["meta"]["versionId"]) + 1)


def lost(chart: Chart, bundle: dict):
    """Store all, then lose the answer."""
    chart.apply(bundle)
    raise requests.ReadTimeout


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
