"""The report as people read it: the text of each section, and of the whole document, as XHTML."""

from datetime import datetime
from typing import Any

from markupsafe import Markup

from app.fhir.paths import extension_value, get, items, text
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, date_time, human_name, join, partial_date
from app.mcode.content import (
    ASSERTED_DATE,
    body_site,
    clinical_status,
    condition_title,
    edition,
    effective,
    histology,
    laterality,
    name_of,
    onset,
    stage_value_label,
    verification_status,
)
from app.mcode.kinds import TNM_KINDS, Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import extensions_named
from app.mcode.retraction import caveat
from app.mcode.treated import drug_name
from app.mcode.treatments import dosage_text, intent, status_reason
from app.mcode.values import result, value_text
from app.reuse.registry.guide import TITLE
from app.terminology.concept import concept_text

_STAGES = frozenset({Kind.STAGE, *TNM_KINDS.values()})
_DIV = Markup('<div xmlns="http://www.w3.org/1999/xhtml">{}</div>')


def section_text(lines: list[str]) -> Element:
    """Return the Narrative of a section: a list with a line for each of its entries."""
    return {"status": "generated", "div": str(_DIV.format(_list(lines)))}


def document_text(
    patient: Resource, author: str, at: datetime, sections: list[tuple[str, list[str]]]
) -> Element:
    """Return the Narrative of the whole report: who it is about, who sends it, all sections."""
    about = [
        ("Patient", human_name(patient.get("name"), at.date())),
        ("Born", partial_date(patient.get("birthDate"), "")),
        ("Gender", text(patient.get("gender"))),
        ("Died", _death(patient)),
        ("Identifiers", join(_identifiers(patient), "; ")),
        ("Address", join(map(_address, items(patient.get("address"))), "; ")),
        ("Telephone and e-mail", join(_telecoms(patient), "; ")),
        ("Reported by", author),
        ("Reported on", date_time(at)),
    ]
    rows = Markup("").join(
        Markup("<li><b>{}:</b> {}</li>").format(label, _xml(value))
        for label, value in about
        if value
    )
    parts = [Markup("<h2>{}</h2><ul>{}</ul>").format(TITLE, rows)]
    parts += [Markup("<h3>{}</h3>{}").format(title, _list(lines)) for title, lines in sections]
    return {"status": "generated", "div": str(_DIV.format(Markup("").join(parts)))}


def line(record: CancerRecord, resource: Resource) -> str:
    """Return a fact of the report in one line."""
    match resource["resourceType"]:
        case "Condition":
            return _condition(resource)
        case "Observation":
            return _observation(record, resource)
        case "Encounter":
            named = name_of(resource) or text(get(resource, "class", "display")) or "Encounter"
            return join([named, _span(resource.get("period"))], ", ")
        case "Procedure":
            return _procedure(resource)
    name = drug_name(record, resource) or name_of(resource) or str(resource["resourceType"])
    return join([name, caveat(resource), dosage_text(resource), _dates(resource)], ", ")


def _condition(condition: Resource) -> str:
    site, side = body_site(condition), laterality(condition)
    diagnosed = text(extension_value(condition, ASSERTED_DATE))
    recorded = text(condition.get("recordedDate"))
    return join(
        [
            condition_title(condition),
            (kind := histology(condition)) and f"histology: {kind}",
            site and f"site: {join([site, side], ', ')}",
            diagnosed and f"diagnosed: {partial_date(diagnosed)}",
            (began := onset(condition)) and f"onset: {partial_date(began)}",
            recorded and f"recorded: {partial_date(recorded)}",
            (status := clinical_status(condition)) and f"status: {status}",
            (sure := verification_status(condition)) and f"verification: {sure}",
        ],
        "; ",
    )


def _observation(record: CancerRecord, observation: Resource) -> str:
    name = concept_text(observation.get("code")) or "Observation"
    if record.kind(observation) in _STAGES:
        label = stage_value_label(observation)
        value = join([label, edition(observation), caveat(observation)], ", ")
    else:
        said = result(observation)
        value = "" if said == NO_DATA and items(observation.get("hasMember")) else said
    return join([join([name, value], ": "), _dates(observation)], ", ")


def _procedure(procedure: Resource) -> str:
    sites = [concept_text(site) for site in items(procedure.get("bodySite"))]
    return join(
        [
            name_of(procedure) or "Procedure",
            join(sites, ", "),
            (aim := intent(procedure)) and f"intent: {aim}",
            *_doses(procedure),
            caveat(procedure),
            status_reason(procedure),
            _dates(procedure),
        ],
        ", ",
    )


def _doses(procedure: Resource) -> list[str]:
    """Return each dose of a radiotherapy course with its fractions."""
    found = []
    for extension in extensions_named(procedure, "volume"):
        parts: dict[Any, Element] = {e.get("url"): e for e in items(extension.get("extension"))}
        dose = value_text(get(parts.get("totalDoseDelivered"), "valueQuantity"))
        fractions = get(parts.get("fractionsDelivered"), "valueUnsignedInt")
        found.append(join([dose, fractions and f"in {fractions} fractions"], " "))
    return found


def _dates(resource: Resource) -> str:
    for stem in ("performedPeriod", "effectivePeriod"):
        if period := resource.get(stem):
            return _span(period)
    return partial_date(effective(resource))


def _span(period: Any) -> str:
    return join(dict.fromkeys(partial_date(get(period, n), "") for n in ("start", "end")), " to ")


def _death(patient: Resource) -> str:
    died = text(patient.get("deceasedDateTime"))
    return partial_date(died) if died else "yes" if patient.get("deceasedBoolean") is True else ""


def _identifiers(patient: Resource) -> list[str]:
    return [
        join([concept_text(one.get("type")), text(one.get("value"))], " ")
        for one in items(patient.get("identifier"))
    ]


def _address(address: Element) -> str:
    said = address.get("line")
    lines = [one for one in said if isinstance(one, str)] if isinstance(said, list) else [said]
    parts = [text(address.get(name)) for name in ("city", "district", "state", "postalCode")]
    words = join([*lines, *parts, text(address.get("country"))], ", ")
    return words or text(address.get("text")) or ""


def _telecoms(patient: Resource) -> list[str | None]:
    return [text(one.get("value")) for one in items(patient.get("telecom"))]


def _list(lines: list[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(_xml(each)) for each in lines)
    )


def _xml(words: str) -> str:
    """Return a text without the characters that XML does not allow."""
    return "".join(c for c in words if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
