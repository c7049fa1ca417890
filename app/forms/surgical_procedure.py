"""Operation against cancer.

Source: mCODE 4.0.0, Cancer-Related Surgical Procedure, on US Core Procedure 6.1.0 with its
invariant us-core-7: what is under way or completed has a time.
"""

from collections.abc import Iterator

from app.fhir.paths import items
from app.fhir.types import Resource
from app.formatting import join
from app.forms._definition import Author, Fold, Part, Prefill, Subject
from app.forms._elements.datatypes import Span
from app.forms._elements.paths import Listed
from app.forms._fields.base import Target
from app.forms._fields.dates import DateSpan
from app.forms._shared.common import coded
from app.forms._shared.site import part_of_site, side, side_problems, site, site_answer
from app.forms._shared.treatment import ProcedureForm, as_in_diagnosis, status, taken
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import CPT, ICD10PCS, SNOMED

_CATEGORY = Concept(SNOMED, "387713003", "Surgical procedure (procedure)")


class SurgicalProcedure(ProcedureForm):
    """One operation."""

    slug = "surgical-procedure"
    title = "Operation"
    description = "An operation against the cancer, done or planned"
    order = 30
    profile = "cancer-related-surgical-procedure"
    kinds = (Kind.SURGERY,)
    called = "Operation"
    no_time = "Enter the date of the operation"
    rows = (
        ("code",),
        ("when",),
        ("status",),
        ("aim",),
        ("site", "side"),
        Fold("Part of the site", (("part_of_site",),)),
        Fold("Note", (("note",),)),
    )

    code = coded(
        "Operation",
        "cancer-related-surgical-procedure-vs",
        name="code",
        missing="Enter the operation",
        systems=(SNOMED, ICD10PCS, CPT),
    )
    when = DateSpan(
        "Date",
        hint="May stay empty until it is done",
        target=Target.main(Span("performed")),
    )
    status = status(
        "completed", "preparation", "in-progress", "stopped", "on-hold", "not-done", "unknown"
    )
    site = site("Body site", "bodySite", listed=True)
    side = side(Listed("bodySite"))
    part_of_site = part_of_site(Listed("bodySite"))

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the operation; its category tells it from other procedures in any chart."""
        return {
            **super().new_resource(part, subject, author),
            "category": _CATEGORY.codeable(),
        }

    def headline(self, subject: Subject) -> str:
        """Return the operation, when it was, and the cancer that it is for."""
        parts = [self.display("code") or self.title, self.display("when")]
        return join([join(parts, ", "), subject.title])

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with where the diagnosis says that the cancer is."""
        condition, origin = subject.cancer.condition, as_in_diagnosis(subject)
        named = site_answer(next(iter(items(condition.get("bodySite"))), None))
        if not named:
            return {}
        return {"site": Prefill(named, origin), **taken(self.side, condition, origin)}

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse an operation that is done without a date, and a side without a site."""
        yield from super().check(subject)
        part = self.part_of_site.data
        yield from side_problems(self.display("site"), self.side.data, part)
