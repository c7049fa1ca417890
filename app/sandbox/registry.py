"""A strict cancer registry to send reports to: it keeps what it understood, until the demo ends.

It takes the message of HL7's Central Cancer Registry Reporting guide, and knows one by its
`Bundle.id`. On its page a tester sees what arrived, and lets it be slow, down or broken.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

MODES = {
    "well": "It answers",
    "slow": "It answers after 20 seconds",
    "down": "It is down (503)",
    "broken": "It answers with a web page",
}
_SLOW_SECONDS = 20
_LARGEST = 10_000_000
_MOST = 100
_LOST = "Not understood"
_DIAGNOSIS = "363346000"


@dataclass(frozen=True)
class Arrived:
    """A report as the registry understood it; `sections` are (title, number of entries)."""

    id: str
    at: datetime
    patient: str
    replaces: str
    sections: tuple[tuple[str, int], ...]
    not_understood: tuple[str, ...]
    body: Any


class Registry:
    """What arrived, newest first, and how the registry behaves; for all threads."""

    def __init__(self) -> None:
        self.mode = "well"
        self._lock = threading.Lock()
        self._arrived: dict[str, Arrived] = {}

    @property
    def arrived(self) -> list[Arrived]:
        with self._lock:
            return list(reversed(self._arrived.values()))

    def take(self, message: Any) -> tuple[int, list[str]]:
        """Return the status and the words of the answer to a message."""
        problems = list(_problems(message))
        if problems:
            return 422, problems
        with self._lock:
            known = self._arrived.get(message["id"])
            if known:
                same = known.body == message
                return (200, ["It is here already."]) if same else (409, ["Its id is taken."])
            if len(self._arrived) >= _MOST:
                return 503, ["There is no room for more: start the demo anew."]
            understood = _understood(message)
            self._arrived[understood.id] = understood
        lost = [f"{_LOST}: {name}." for name in understood.not_understood]
        return 200, lost or ["Every entry was understood."]


def registry(state: Registry) -> Blueprint:
    """Return the address that takes reports, and the page of what arrived."""
    blueprint = Blueprint("registry", __name__, url_prefix="/receivers/registry")

    @blueprint.post("")
    def take() -> Response:
        request.max_content_length = _LARGEST
        if state.mode == "down":
            answer = _outcome(503, ["The registry is down."])
            answer.headers["Retry-After"] = "30"
            return answer
        if state.mode == "broken":
            return Response("<html><p>Proxy error</p></html>", 200, mimetype="text/html")
        if state.mode == "slow":
            time.sleep(_SLOW_SECONDS)
        if request.mimetype not in {"application/fhir+json", "application/json"}:
            return _outcome(415, ["Send application/fhir+json."])
        try:
            message = json.loads(request.get_data())
        except ValueError:
            return _outcome(400, ["The body is no JSON."])
        return _outcome(*state.take(message))

    @blueprint.get("/")
    def page() -> str:
        return render_template(
            "sandbox/registry.html", arrived=state.arrived, modes=MODES, mode=state.mode
        )

    @blueprint.post("/mode")
    def mode() -> BaseResponse:
        if request.form.get("mode") in MODES:
            state.mode = request.form["mode"]
        return redirect(url_for(".page"), 303)

    return blueprint


def _outcome(status: int, words: list[str]) -> Response:
    issues = [
        {"severity": _severity(status, text), "code": "processing", "details": {"text": text}}
        for text in words
    ]
    body = {"resourceType": "OperationOutcome", "issue": issues}
    return Response(json.dumps(body), status, mimetype="application/fhir+json")


def _severity(status: int, text: str) -> str:
    if status >= 400:
        return "error"
    return "warning" if text.startswith(_LOST) else "information"


def _problems(message: Any) -> Iterator[str]:
    """Yield what keeps a message from being taken, as sentences."""
    try:
        yield from _faults(message)
    except (KeyError, IndexError, TypeError, AttributeError):
        yield "The message does not have the shape of a cancer report."


def _faults(message: Any) -> Iterator[str]:
    if message["resourceType"] != "Bundle" or message["type"] != "message" or not message["id"]:
        yield "It is no message Bundle with an id."
        return
    header, content, *_ = (entry["resource"] for entry in message["entry"])
    if header["resourceType"] != "MessageHeader":
        yield "The first entry is no MessageHeader."
    elif header["eventCoding"]["code"] != "cancer-report-message":
        yield "The event is not cancer-report-message."
    composition, *others = (entry["resource"] for entry in content["entry"])
    if content["type"] != "collection" or composition["resourceType"] != "Composition":
        yield "The second entry is no collection that begins with a Composition."
        return
    yield from _faults_of_content(composition, others)


def _faults_of_content(composition: Any, others: list[Any]) -> Iterator[str]:
    there = {f"{each['resourceType']}/{each['id']}" for each in others}
    for section in composition["section"]:
        if not section["text"]["div"]:
            yield f"Section {section['title']} has no text."
        for entry in section["entry"]:
            if entry["reference"] not in there:
                yield f"{entry['reference']} is not in the content."
    diagnoses = [one["entry"] for one in composition["section"] if _is_coded(one, _DIAGNOSIS)]
    if [len(entries) for entries in diagnoses] != [1]:
        yield "It is not about one primary cancer."
    (patient,) = (each for each in others if each["resourceType"] == "Patient")
    for name in ("identifier", "name", "telecom", "address", "gender", "birthDate"):
        if not (patient.get(name) or patient.get(f"_{name}")):
            yield f"The patient has no {name}."


def _is_coded(section: Any, code: str) -> bool:
    return any(coding["code"] == code for coding in section["code"]["coding"])


def _understood(message: Any) -> Arrived:
    composition, *others = (entry["resource"] for entry in message["entry"][1]["resource"]["entry"])
    named = {e["reference"] for section in composition["section"] for e in section["entry"]}
    inner = json.dumps([each for each in others if each["resourceType"] != "Patient"])
    lost = [
        name
        for each in others
        if (name := f"{each['resourceType']}/{each['id']}") not in named
        and each["resourceType"] not in {"Patient", "Organization"}
        and f'"{name}"' not in inner
    ]
    patient = next(each for each in others if each["resourceType"] == "Patient")
    names = patient.get("name") or [{}]
    replaced = composition.get("relatesTo") or [{}]
    return Arrived(
        id=message["id"],
        at=datetime.now(UTC),
        patient=", ".join(filter(None, [names[0].get("family"), *names[0].get("given", [])])),
        replaces=replaced[0].get("targetIdentifier", {}).get("value", ""),
        sections=tuple((s["title"], len(s["entry"])) for s in composition["section"]),
        not_understood=tuple(lost),
        body=message,
    )
