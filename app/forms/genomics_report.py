"""Genomics report: the findings of a genomic test, tied together, with the conclusion.

Source: mCODE 4.0.0, Genomics Report.
"""

from collections.abc import Iterator

from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._definition import Author, EntryForm, Fold, Part, Subject
from app.forms._elements.datatypes import Instant
from app.forms._elements.lists import Links
from app.forms._elements.paths import Listed
from app.forms._elements.plain import Words
from app.forms._fields.base import FreeText, Target
from app.forms._fields.choices import CodedChecks
from app.forms._fields.lines import MomentLine
from app.forms._new import new_resource
from app.forms._shared.common import effective_date
from app.forms._shared.genomics import finding_display
from app.forms._shared.links import offer, offer_specimens
from app.mcode.content import effective, is_later
from app.mcode.kinds import Kind
from app.mcode.values import observation_value
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import LOINC, known_codes

_REGION = "53041-0"
_REPORT = Concept(LOINC, "51969-4", "Genetic analysis report", official=False)
_GENETICS = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "GE"}
# Microsatellite instability and mutational burden: markers that genomic tests report.
_GENOMIC_MARKERS = frozenset({"43368-0", "62862-8", "81695-9", "94076-7"})
_NO_FINDINGS = (
    "The chart has no genomic finding yet. Enter variants and regions studied first, so that the "
    "report can name them."
)


class GenomicsReport(EntryForm):
    """What a genomic test has found, in one report."""

    slug = "genomics-report"
    title = "Genomics report"
    section = "Labs and genomics"
    description = "A report that ties variants and regions studied together"
    order = 40
    profile = "genomics-report"
    kinds = (Kind.GENOMICS_REPORT,)
    headline_fields = ("date",)
    about = "patient"
    rows = (
        ("results",),
        ("conclusion",),
        ("date",),
        ("specimens",),
        Fold("When the report was issued", (("issued",),)),
    )

    results = CodedChecks(
        "Findings",
        alternative=True,
        target=Target.main(Links(Listed("result"), ("Observation",))),
    )
    conclusion = FreeText("Conclusion", alternative=True, target=Target.main(Words("conclusion")))
    date = effective_date("date of the test", "main")
    specimens = CodedChecks(
        "Specimens", target=Target.main(Links(Listed("specimen"), ("Specimen",)))
    )
    issued = MomentLine(
        "Issued",
        what="day of issue",
        hint="Day and time with the time zone, such as 2026-11-20 14:30 -05:00",
        target=Target.main(Instant("issued")),
    )

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's genomic findings and specimens."""
        offer(self.results, subject, _findings(subject), _display)
        offer_specimens(self.specimens, subject)
        super().prepare(subject)

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a final report; whose laboratory made it, its findings and specimens say."""
        return {
            **new_resource(part, subject, author),
            "status": "final",
            "category": [{"coding": [_GENETICS]}],
            "code": _REPORT.codeable(),
        }

    def notices(self, subject: Subject) -> list[str]:
        """Say what to do first where there is no finding that a report could tie."""
        if subject.is_new and not self.results.options:
            return [_NO_FINDINGS]
        return []

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Ask for findings or a conclusion, and refuse an issue before the test."""
        if not self.results.data and not self.conclusion.data:
            yield "results", "Choose the findings of the report, or enter its conclusion"
        issued = self.issued.data
        if self.date.data and issued and is_later(str(self.date.data), str(issued.day)):
            yield "issued", "Enter a day of issue that is not before the test"


def _findings(subject: Subject) -> list[Resource]:
    found = subject.record.of_kinds(Kind.VARIANT, Kind.REGION, Kind.TUMOR_MARKER)
    return [
        finding
        for finding in found
        if subject.record.kind(finding) != Kind.TUMOR_MARKER or _is_genomic(finding)
    ]


def _is_genomic(marker: Resource) -> bool:
    coded = known_codes(marker.get("code"))
    return any(system == LOINC and code in _GENOMIC_MARKERS for system, code in coded)


def _display(finding: Resource) -> str:
    what = finding_display(finding) or concept_text(finding.get("code")) or "Finding"
    is_region = (LOINC, _REGION) in known_codes(finding.get("code"))
    found = "examined" if is_region else observation_value(finding).text
    return join([join([what, found], ", "), partial_date(effective(finding), "")])
