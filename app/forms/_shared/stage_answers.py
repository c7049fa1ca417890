"""The answers of staging by a system other than TNM, and where they stand in an Observation."""

from dataclasses import dataclass
from functools import cache

from app.fhir.types import Resource
from app.forms._answers import AS_RECORDED, AsRecorded, Coding
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Element
from app.forms._elements.single import Coded
from app.forms._fields.base import Option
from app.mcode.model import PrimaryCancer
from app.mcode.recognise import staging_system
from app.mcode.staging_systems import StageSystem, short, stage_systems, systems_for
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept, concept_text
from app.terminology.lists import ConceptList
from app.terminology.systems import known_codes

# The guide's names of FIGO's methods all begin with FIGO's whole name.
_METHOD_LABELS = {
    "254386003": "FIGO, ovary",
    "106247005": "FIGO, epithelial tumor of ovary",
    "106250008": "FIGO, cervix",
    "106244003": "FIGO, endometrium",
    "254385004": "FIGO, uterus",
    "254384000": "FIGO, vagina",
    "106245002": "FIGO, carcinoma of vulva",
    "106246001": "FIGO, melanoma of vulva",
    "254383006": "FIGO, gynecological malignancy",
    "C99408": "FIGO, gestational trophoblastic neoplasm",
    "1149131009": "Rai",
    "C141206": "Modified Rai",
}


@dataclass(frozen=True)
class SystemCode(Element[str | AsRecorded]):
    """The system by its key, in the Observation's code, with the method of a system of just one.

    A code that says the system more closely, such as FIGO's for the ovary, is left as it is.
    """

    def read(self, resource: Resource) -> str | AsRecorded | None:
        if not resource.get("code"):
            return None
        key = staging_system(resource)
        return key if key in stage_systems() else AS_RECORDED

    def put(self, resource: Resource, answer: str | AsRecorded | None) -> None:
        if not isinstance(answer, str):
            return
        if _is_lone(resource):
            resource.pop("method")
        system = stage_systems()[answer]
        resource["code"] = system.code.codeable()
        if system.lone_method:
            resource["method"] = system.lone_method.codeable()

    def recorded(self, resource: Resource) -> str:
        found = concept_text(resource.get("code")) or "recorded without words"
        return found if self.read(resource) == AS_RECORDED else ""


@dataclass(frozen=True)
class SystemMethod(Element[Coding]):
    """The method, where the system has several; that of a system of just one reads as nothing."""

    coded: Coded

    def read(self, resource: Resource) -> Coding | None:
        return None if _is_lone(resource) else self.coded.read(resource)

    def put(self, resource: Resource, answer: Coding | None) -> None:
        self.coded.write(resource, answer)

    def recorded(self, resource: Resource) -> str:
        return "" if _is_lone(resource) else self.coded.recorded(resource)


def system_options(primary: PrimaryCancer | None) -> list[Option]:
    """Return the systems, first those of the cancer; the others are behind "more answers"."""
    fitting = [system.key for system in systems_for(primary)] if primary else []
    first = sorted(stage_systems().values(), key=lambda system: system.key not in fitting)
    return [
        Option(system.key, system.name, folded=bool(fitting) and system.key not in fitting)
        for system in first
    ]


@cache
def value_options() -> tuple[Option, ...]:
    """Return the values of all systems, each for its system only."""
    return tuple(
        Option(concept, short(concept), only_for=(system.key,), group=system.name)
        for system in stage_systems().values()
        for concept in system.concepts
    )


@cache
def method_options() -> tuple[Option, ...]:
    """Return the methods of the systems that have several."""
    return tuple(
        Option(method, _METHOD_LABELS[method.code], only_for=(system.key,), group=system.name)
        for system in stage_systems().values()
        for method in system.methods
        if not system.lone_method
    )


def kidney_options() -> list[Option]:
    """Return the sides of a Wilms tumor."""
    return [
        Option(kidney, kidney.display.partition(" ")[0], only_for=("wilms",))
        for kidney in _kidneys()
    ]


def gleason_value(predominant: int | None, secondary: int | None) -> Concept | None:
    """Return the grade group that is made of two patterns (4, 3); None without both."""
    made = f"({predominant} + {secondary} ="
    values = stage_systems()["gleason"].concepts
    both = bool(predominant and secondary)
    return next((c for c in values if both and made in short(c)), None)


def system_of(key: str | AsRecorded | None) -> StageSystem | None:
    """Return the system of an answer, None for one that the form does not know."""
    return stage_systems().get(key) if isinstance(key, str) else None


def _values() -> tuple[Concept, ...]:
    return tuple(c for system in stage_systems().values() for c in system.concepts)


def _methods() -> tuple[Concept, ...]:
    return tuple(m for system in stage_systems().values() for m in system.methods)


def _kidneys() -> tuple[Concept, ...]:
    return value_set("wilms-tumor-body-site-vsCOG").concepts


def _is_lone(resource: Resource) -> bool:
    """Tell whether the recorded method is the only one of the recorded system."""
    system = stage_systems().get(staging_system(resource))
    lone = system.lone_method if system else None
    return bool(lone and (lone.system, lone.code) in known_codes(resource.get("method")))


_VALUE = Coded("valueCodeableConcept", ConceptList(_values), absent=True)
VALUE = Choice("value", _VALUE, "valueCodeableConcept")
"""The value, or why there is none."""

METHOD = SystemMethod(Coded("method", ConceptList(_methods)))
SITE = Coded("bodySite", ConceptList(_kidneys))
"""Which kidney it is."""
