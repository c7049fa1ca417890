"""The laboratory results that a stage is made of: offered as its sources, and what they suggest."""

from collections.abc import Iterable, Iterator

from app.fhir.paths import items, literal_reference, local_reference
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import Reference
from app.forms._definition import Prefill, Subject
from app.forms._fields.base import Option
from app.mcode.calculators.myeloma_results import NAMES, MyelomaResults, myeloma_results
from app.mcode.content import effective
from app.mcode.model import PrimaryCancer
from app.mcode.staging_systems import StageSystem, short, stage_systems, systems_for
from app.mcode.values import reference_range, result
from app.terminology.concept import concept_text
from app.terminology.systems import LOINC, known_codes

_SOURCES = {"iss": "Greipp 2005", "riss": "Palumbo 2015"}
_INPUTS = {
    "iss": "Beta-2-microglobulin and albumin",
    "riss": "ISS, LDH and del(17p), t(4;14), t(14;16)",
}


def result_options(subject: Subject) -> list[Option]:
    """Return the results that may be named as sources, each for the systems that ask for it.

    Sources that the entry names already are kept, whatever they are.
    """
    offered: dict[str, Option] = {}
    for found, systems in _offered(subject):
        name = str(literal_reference(found))
        earlier = offered[name].only_for if name in offered else ()
        offered[name] = Option(Reference(name), _display(found), only_for=(*earlier, *systems))
    for original in subject.originals.values():
        for entry in items(original.get("derivedFrom")):
            name = local_reference(entry) or ""
            if name.startswith("Observation/"):
                source = subject.record.find(name)
                named = f"{entry.get('display') or name} (as in the chart)"
                offered[name] = Option(Reference(name), _display(source) if source else named)
    return list(offered.values())


def suggestion(subject: Subject) -> dict[str, Prefill]:
    """Return the stage that the results at diagnosis make, for a system not on record yet."""
    found = _results(subject)
    if subject.primary is None or found is None:
        return {}
    recorded = {stage.system for stage in subject.primary.stages}
    for system, stage, used in (
        ("riss", found.riss, found.found),
        ("iss", found.iss, found.of_iss),
    ):
        if stage and system not in recorded:
            origin = f"suggested by the results beside it ({_SOURCES[system]}): confirm or change"
            value = next(c for c in stage_systems()[system].concepts if short(c) == stage)
            sources = tuple(sorted(Reference(str(literal_reference(r))) for r in used.values()))
            return {
                "system": Prefill(system, "the results beside it suffice for it"),
                "value": Prefill(value, origin),
                "sources": Prefill(sources, "the results that were used"),
            }
    return {}


def results_at_diagnosis(subject: Subject) -> list[tuple[str, str, str]]:
    """Return the results at the diagnosis of a myeloma, and the stages that they make."""
    found = _results(subject)
    if found is None:
        return []
    rows = [
        (
            NAMES[name],
            result(found.found[name]) if name in found.found else "",
            _told(name, found.found.get(name)),
        )
        for name in NAMES
    ]
    for system, stage in (("iss", found.iss), ("riss", found.riss)):
        words = f"{stage_systems()[system].name} by these results"
        rows.append((words, stage or "Not known", f"{_INPUTS[system]} ({_SOURCES[system]})"))
    return rows


def _results(subject: Subject) -> MyelomaResults | None:
    """Return the results of a myeloma, None for another cancer."""
    primary = subject.primary
    if primary is None or stage_systems()["iss"] not in systems_for(primary):
        return None
    return myeloma_results(subject.record, primary)


def _offered(subject: Subject) -> Iterator[tuple[Resource, tuple[str, ...]]]:
    """Yield results with the keys of the systems that they are offered for."""
    primary = subject.primary
    if primary is None:
        return
    if found := _results(subject):
        for name, observation in found.found.items():
            yield observation, ("iss", "riss") if name in found.of_iss else ("riss",)
    for system in systems_for(primary):
        yield from ((r, (system.key,)) for r in _newest(subject, primary, system))


def _newest(subject: Subject, primary: PrimaryCancer, system: StageSystem) -> Iterable[Resource]:
    """Return the newest result of each test that a system asks for."""
    wanted = {(LOINC, code) for code in system.results}
    newest: dict[tuple[str, str], Resource] = {}
    for observation in (*subject.record.labs, *primary.biomarkers):
        for code in known_codes(observation.get("code")) & wanted:
            newest.setdefault(code, observation)
    return newest.values()


def _display(observation: Resource) -> str:
    name = concept_text(observation.get("code")) or "Result"
    # LOINC's name goes on with what is measured and where.
    shown = f"{name.partition(' [')[0]} {result(observation)}"
    return f"{shown}, {partial_date(effective(observation))}"


def _told(name: str, observation: Resource | None) -> str:
    """Return when a result was measured, of LDH with its laboratory's upper limit."""
    if observation is None:
        return "none at the time of diagnosis"
    _, high = reference_range(observation)
    limit = f"upper limit {high:g}" if name == "ldh" and high is not None else ""
    return join([partial_date(effective(observation)), limit])
