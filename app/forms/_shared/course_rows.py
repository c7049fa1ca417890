"""The rows of a radiotherapy course: what it was given with, and the dose to each volume.

Source: mCODE 4.0.0, the extensions Radiotherapy Modality and Technique, and Radiotherapy Dose
Delivered to Volume. The guide's eleven invariants on techniques and its two on what has no code are
the sentences of `modality_problems`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.fhir.quantity import Quantity
from app.formatting import number
from app.forms._answers import AsRecorded, Reference
from app.forms._definition import EntryForm, Fold, Question
from app.forms._elements.datatypes import Unit
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Ext, Nth, Within
from app.forms._elements.plain import A, Element, Whole
from app.forms._elements.single import Coded, Link, OtherWords
from app.forms._fields.base import Asked, Option, Target
from app.forms._fields.choices import CodedChecks, CodedSelect
from app.forms._fields.lines import ShortText, WholeNumber
from app.forms._rows import Rows
from app.forms._shared.common import amount
from app.forms._shared.volume import volume_kind, volume_name, volume_site
from app.mcode.definitions import profile_url
from app.mcode.radiotherapy import UNCODED, modalities, techniques
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList

_MODALITY_LABELS = {
    "1156506007": "Photons, external beam",
    "45643008": "Electrons, external beam",
    "10611004": "Protons, external beam",
    "1156505006": "Carbon ions, external beam",
    "80347004": "Neutrons, external beam",
    "394902000": "Brachytherapy, high dose rate",
    "438629002": "Brachytherapy, high dose rate, electronic",
    "1156384006": "Brachytherapy, pulsed dose rate",
    "1156708005": "Brachytherapy, low dose rate, temporary source",
    "169359004": "Brachytherapy, permanent seeds",
    "440252007": "Radiopharmaceutical",
    "UNC": "Another modality",
}
_TECHNIQUE_LABELS = {
    "441799006": "Intensity modulated (IMRT)",
    "1156530009": "Volumetric modulated arc (VMAT)",
    "1162782007": "Three-dimensional (3D)",
    "1156526006": "Two-dimensional (2D)",
    "168524008": "Intraoperative",
    "1163157007": "Ultra-high dose rate (FLASH)",
    "169317000": "Neutron capture",
    "1156529004": "Passive scattering",
    "1156528007": "Spot scanning",
    "1204242009": "Scanning",
    "113120007": "Interstitial",
    "384692006": "Intracavitary",
    "14473006": "Surface",
    "1156382005": "Intracavitary, intensity modulated",
    "1156383000": "Intravascular",
    "384691004": "Intraluminal",
    "16560241000119104": "Oral",
    "UNC": "Another technique",
}
_MODALITY = profile_url("radiotherapy-modality")
_TECHNIQUE = profile_url("radiotherapy-technique")
_MODALITIES = ConceptList(modalities)
_TECHNIQUES = ConceptList(techniques)
_FITTING = {modality: frozenset(techniques(modality)) for modality in _MODALITIES}
_VOLUMES, _MODALITY_COUNT = 6, 3

# Centigray: a course below or above is rare, and mostly another unit.
_LOW, _HIGH = Decimal(100), Decimal(10_000)
# The largest single fraction in use against cancer is 34 Gy to the lung (RTOG 0915).
_MOST_AT_A_TIME = Decimal(3_400)


def _technique_options() -> list[Option]:
    return [
        Option(
            technique,
            _TECHNIQUE_LABELS[technique.code],
            only_for=tuple(m for m, fitting in _FITTING.items() if technique in fitting),
        )
        for technique in _TECHNIQUES
    ]


def _modality_row(n: int) -> dict[str, Asked[Any]]:
    def target(element: Element[A]) -> Target[A]:
        return Target.main(element, Nth(MODALITIES.way, n - 1))

    modality = Coded("valueCodeableConcept", _MODALITIES)
    return {
        "modality": CodedSelect(
            "Modality",
            options=[Option(m, _MODALITY_LABELS[m.code]) for m in _MODALITIES],
            target=target(Within((Ext(_MODALITY),), modality)),
        ),
        "technique": CodedChecks(
            "Techniques",
            options=_technique_options(),
            depends_on=f"modality-{n}",
            target=target(Codes(Ext(_TECHNIQUE), _TECHNIQUES, "valueCodeableConcept")),
        ),
        "modality-words": ShortText(
            "Another modality", target=target(OtherWords(_MODALITY, UNCODED))
        ),
        "technique-words": ShortText(
            "Another technique", target=target(OtherWords(_TECHNIQUE, UNCODED))
        ),
    }


MODALITIES = Rows(
    "Modality",
    Ext(profile_url("radiotherapy-modality-and-technique")),
    _MODALITY_COUNT,
    (
        ("modality",),
        ("technique",),
        Fold("A modality or technique in words", (("modality-words", "technique-words"),)),
    ),
    _modality_row,
)


def _volume_row(n: int) -> dict[str, Asked[Any]]:
    row = Nth(VOLUMES.way, n - 1)
    return {
        # Which volume it is and what a new one is like are written by the form: a new volume is a
        # record of its own, and has its address only when it is saved.
        "volume": CodedSelect[Reference | AsRecorded]("Volume in the chart"),
        "volume-dose": amount(
            "Total dose delivered",
            (Unit("cGy", "cGy"),),
            row,
            Ext("totalDoseDelivered"),
            least="0",
            most="100000",
        ),
        "fractions": WholeNumber(
            "Fractions delivered",
            most=200,
            target=Target.main(Whole("valueUnsignedInt"), row, Ext("fractionsDelivered")),
        ),
        "volume-name": volume_name(),
        "volume-kind": volume_kind(),
        "volume-site": volume_site(),
    }


VOLUMES = Rows(
    "Volume",
    Ext(profile_url("radiotherapy-dose-delivered-to-volume")),
    _VOLUMES,
    (
        ("volume", "volume-dose", "fractions"),
        Fold(
            "A volume that is not in the chart yet",
            (("volume-name",), ("volume-kind",), ("volume-site",)),
        ),
    ),
    _volume_row,
)


def volume_link(n: int) -> Element[Reference | AsRecorded]:
    """Return where a course names the volume of row `n`."""
    link = Link("valueReference", ("BodyStructure",))
    return Within((Nth(VOLUMES.way, n - 1), Ext("volume")), link)


def modality_problems(form: EntryForm) -> Iterator[tuple[str, str]]:
    """Yield what the rows of modalities say that the guide does not take."""
    for n in MODALITIES.numbers:
        modality, given = form[f"modality-{n}"].data, form[f"technique-{n}"].data
        if not modality:
            if given:
                yield f"modality-{n}", "Choose the modality of these techniques"
        elif modality in _FITTING:
            fitting = _FITTING[modality]
            astray = [technique for technique in given if technique not in fitting]
            named = f"“{form.display(f'modality-{n}')}”"
            if astray:
                words = form.asked[f"technique-{n}"].display_of(astray[:1])
                yield f"technique-{n}", f"Remove “{words}”: it does not go with {named}"
            elif not given and modality.key != UNCODED.key:
                yield f"technique-{n}", f"Choose a technique of {named}"
        for kind, uncoded in (
            ("modality", isinstance(modality, Concept) and modality.key == UNCODED.key),
            ("technique", any(technique.key == UNCODED.key for technique in given)),
        ):
            words = form[f"{kind}-words-{n}"].data
            if uncoded and not words:
                yield f"{kind}-words-{n}", f"Say which {kind} it is"
            elif words and not uncoded:
                yield f"{kind}-{n}", f"Choose “Another {kind}”, or remove the words for one"


def is_described(form: EntryForm, n: int) -> bool:
    """Tell whether a row says what a new volume is like."""
    names = (f"volume-{what}-{n}" for what in ("name", "kind", "site"))
    return any(form.asked[name].is_answered for name in names)


def volume_problems(form: EntryForm) -> Iterator[tuple[str, str]]:
    """Yield what the rows of volumes leave open."""
    for n in VOLUMES.numbers:
        chosen, described = form[f"volume-{n}"].data, is_described(form, n)
        if chosen and described:
            yield f"volume-{n}", "Choose a volume of the chart or describe a new one, not both"
        elif described and not form[f"volume-name-{n}"].data:
            yield f"volume-name-{n}", "Enter the name of the new volume"
        elif VOLUMES.is_filled(form, n) and not (chosen or described):
            yield f"volume-{n}", "Choose the volume of this dose, or name a new one"
    yield from VOLUMES.repeats(form, "volume", "volume")


def dose_questions(form: EntryForm) -> Iterator[Question]:
    """Ask about doses that are rather in gray, in another unit, or of other fractions."""
    for n in VOLUMES.numbers:
        dose: Quantity | None = form[f"volume-dose-{n}"].data
        # The chart's own answer may be a bound, as ">5000".
        if dose is None or dose.unit != "cGy" or dose.comparator:
            continue
        fractions: int | None = form[f"fractions-{n}"].data
        said = f"{dose.digits} cGy is {number(dose.value / 100)} Gy"
        if not _LOW <= dose.value <= _HIGH:
            text = f"{said}, which is unusual for a course. Tick to confirm the dose"
            yield Question(f"dose-{n}", f"volume-dose-{n}", text)
        elif fractions and dose.value > _MOST_AT_A_TIME * fractions:
            text = f"{said}, which is unusual for so few fractions. Tick to confirm both"
            yield Question(f"few-fractions-{n}", f"fractions-{n}", text)
