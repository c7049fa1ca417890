"""Which codings the app knows of a value set that a profile binds."""

from functools import cache

from app.fhir.paths import codes
from app.mcode.definitions import compiled_value_sets, profiles
from app.mcode.kinds import Kind
from app.mcode.staging_systems import stage_systems
from app.mcode.valuesets import ValueSet, value_set
from app.terminology.chosen import antineoplastic_concepts, gene_concepts
from app.terminology.icd10cm import cancer_concepts
from app.terminology.systems import AJCC, LOINC, SNOMED
from app.terminology.tnm import AXES, PREFIXES, categories

Coding = tuple[str, str]

_US_CORE = "hl7.org/fhir/us/core/ValueSet/"


@cache
def known_sets() -> dict[str, ValueSet]:
    """Return the value sets that the guides' profiles use, by their address."""
    return {found.url: value_set(found.url) for found in compiled_value_sets()}


def codings(known: ValueSet) -> frozenset[Coding]:
    """Return the codings of a set that the app ships.

    A set of US Core that is all of a code system or a branch of it has those of its systems that
    mCODE's own sets and profiles name: the validator would look the whole system up.
    """
    listed = frozenset((concept.system, concept.code) for concept in known.concepts)
    if listed or _US_CORE not in known.url:
        return listed
    return named(*known.systems, *(known.partial_systems or ()))


def named(*systems: str) -> frozenset[Coding]:
    """Return the codings of code systems that mCODE's sets list and its profiles fix."""
    return frozenset(coding for coding in _named() if coding[0] in systems)


@cache
def _named() -> frozenset[Coding]:
    fixed = (
        coding
        for profile in profiles()
        for element in profile.elements
        for coding in codes(element.pattern)
    )
    listed = (
        (concept.system, concept.code)
        for known in known_sets().values()
        for concept in known.concepts
    )
    return frozenset([*fixed, *listed])


@cache
def _offered() -> frozenset[Coding]:
    """Return the codings of the app's own lists, and those by which it knows reports and vitals."""
    concepts = (*antineoplastic_concepts(), *gene_concepts(), *cancer_concepts())
    listed = frozenset((concept.system, concept.code) for concept in concepts)
    vitals = {(LOINC, code) for code in ("8302-2", "29463-7")}
    reports = (*Kind.GENOMICS_REPORT.row.codes, *Kind.PATHOLOGY_REPORT.row.codes)
    # The left breast is a site that the official examples name.
    return listed | vitals | frozenset(reports) | {(SNOMED, "80248007")}


def allows(url: str, coding: Coding) -> bool:
    """Tell whether the compiled definitions allow a coding in the set at an address.

    Any code of a system that the set includes whole is allowed, but for the AJCC's: of these the
    app offers some, and others are slips. Where only a terminology server knows all codes of a set,
    one has to be of those that mCODE or the app lists. Of a set that mCODE's profiles do not use
    nothing is known.
    """
    known = known_sets().get(url.partition("|")[0])
    if known is None:
        return False
    if coding in codings(known) or coding in _staging().get(known.name, ()):
        return True
    if coding[0] in known.systems:
        return coding[0] != AJCC or coding in _staged()
    return known.holds(*coding) is None and coding in _named() | _offered()


@cache
def _staging() -> dict[str, frozenset[Coding]]:
    """Return the codes of the guide's table of Cancer Stage, by the general set of each column.

    The profile binds the general sets as preferred only, and the table names codes beyond them.
    """
    systems = stage_systems().values()
    values = (concept for system in systems for concept in value_set(system.values).concepts)
    return {
        "cancer-stage-type": frozenset((s.code.system, s.code.code) for s in systems),
        "cancer-stage-value": frozenset((value.system, value.code) for value in values),
    }


@cache
def _staged() -> frozenset[Coding]:
    """Return the values that the TNM form offers, under all prefixes."""
    return frozenset(
        (concept.system, concept.code)
        for axis in AXES
        for prefix in PREFIXES
        for concept in categories(axis, prefix.key)
    )
