"""The pages of the EHR: all patients, one patient's chart with the app in it, and the launch."""

import json
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.sandbox.auth.state import Launch, LaunchContext, State
from app.sandbox.clients import Client, Clients
from app.sandbox.config import ROOT, SandboxConfig
from app.sandbox.directory import Directory
from app.sandbox.errors import PageError
from app.sandbox.people import Patient, User

_INTENT = re.compile(r"[A-Za-z0-9._~:/\-]{1,128}")
_REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})")
_ANSWERS = {"": True, "true": True, "false": False}
_NO_BANNER = ("need_patient_banner", "false")
_STYLE = json.loads((ROOT / "static/sandbox/smart-style.json").read_text(encoding="utf-8"))


def launcher(
    config: SandboxConfig, clients: Clients, state: State, directory: Directory
) -> Blueprint:
    """Return the blueprint of the EHR's pages."""
    blueprint = Blueprint("launcher", __name__)

    @blueprint.get("/")
    def home() -> ResponseReturnValue:
        return render_template(
            "sandbox/home.html",
            patients=directory.patients(),
            users=directory.users(),
            chosen=request.args,
            upstream=config.upstream,
        )

    @blueprint.get("/launch")
    def launch() -> ResponseReturnValue:
        client = _client(clients)
        if client.launch_url is None:
            raise PageError(
                400, "This app is not launched from here", "It registered no launch address."
            )
        key = state.launches.put(Launch(client.client_id, _context(directory)))
        parameters = urlencode({"iss": config.fhir_base, "launch": key})
        return redirect(f"{client.launch_url}?{parameters}", 303)

    @blueprint.get("/chart")
    def chart() -> ResponseReturnValue:
        _client(clients)
        context = _context(directory)
        patient = _patient(directory)
        sent = [(name, value) for name, value in request.args.items(multi=True) if value]
        elsewhere = [(name, v) for name, v in sent if name not in {"visit", "encounter"}]
        # The chart has a patient header of its own, so that the app need not show one.
        banner = [] if request.args.get("need_patient_banner") else [_NO_BANNER]
        return render_template(
            "sandbox/chart.html",
            patient=patient,
            user=context.user,
            frame=_address("launcher.launch", sent + banner),
            full_page=_address("launcher.launch", sent),
            no_visit=_address("launcher.chart", elsewhere),
            visits=[
                (visit, _address("launcher.chart", [*elsewhere, ("encounter", visit.id)]))
                for visit in directory.visits(patient.id)
            ],
            encounter=context.encounter,
        )

    @blueprint.get("/smart-style.json")
    def style() -> ResponseReturnValue:
        return jsonify(_STYLE)

    return blueprint


def _address(endpoint: str, parameters: Sequence[tuple[str, str]]) -> str:
    return f"{url_for(endpoint)}?{urlencode(parameters)}"


def _client(clients: Clients) -> Client:
    client = clients.get(request.args.get("client") or "oncoform")
    if client is None:
        raise PageError(404, "There is no such app", "Leave out client, or name a registered one.")
    return client


def _context(directory: Directory) -> LaunchContext:
    """Return the launch context of a request; raises PageError."""
    args = request.args
    banner = args.get("need_patient_banner", "")
    if banner not in _ANSWERS:
        raise PageError(400, "need_patient_banner cannot be read", "It must be true or false.")
    intent = args.get("intent") or None
    if intent and not _INTENT.fullmatch(intent):
        raise PageError(400, "intent cannot be read", "Use letters, digits and . _ ~ : / - in it.")
    patient = _patient(directory)
    return LaunchContext(
        user=_user(directory),
        patient=patient.id,
        encounter=_encounter(directory, patient),
        need_patient_banner=_ANSWERS[banner],
        intent=intent,
        references=_references(directory, patient),
    )


def _patient(directory: Directory) -> Patient:
    patient = directory.patient(request.args.get("patient", ""))
    if patient is None:
        raise PageError(404, "There is no such patient", "Choose one in the list of all patients.")
    return patient


def _user(directory: Directory) -> User:
    user = directory.user(request.args.get("user", ""))
    if user is None:
        raise PageError(
            404, "There is no such user", "Choose one of the users below the list of all patients."
        )
    return user


def _encounter(directory: Directory, patient: Patient) -> str | None:
    if request.args.get("visit") == "latest":
        return next((visit.id for visit in directory.visits(patient.id)), None)
    encounter = request.args.get("encounter") or None
    if encounter and not directory.is_of(patient.id, "Encounter", encounter):
        raise PageError(404, "There is no such visit", "Choose one of this patient's visits.")
    return encounter


def _references(directory: Directory, patient: Patient) -> tuple[str, ...]:
    """Return the references of the parameter `context`, for fhirContext."""
    references = tuple(filter(None, request.args.getlist("context")))
    for reference in references:
        match = _REFERENCE.fullmatch(reference)
        if match is None or not directory.is_of(patient.id, match[1], match[2]):
            raise PageError(
                404,
                "The launch names something else",
                "Each context must be a record of this patient, as in Condition/123.",
            )
    return references
