"""Summary of a radiotherapy course: when, with what, and the dose to each volume.

Source: mCODE 4.0.0, Radiotherapy Course Summary, on US Core Procedure 6.1.0 with its invariant
us-core-7: what is under way or completed has a time.
"""

from collections.abc import Collection, Iterator, Mapping

from app.fhir.paths import extensions, get, items
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AS_RECORDED, Answer, Reference
from app.forms._definition import Author, Fold, Layout, Originals, Part, Prefill, Question, Subject
from app.forms._elements.datatypes import Span
from app.forms._elements.paths import Ext, Listed
from app.forms._elements.plain import Whole
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedSelect
from app.forms._fields.dates import DateSpan
from app.forms._fields.lines import WholeNumber
from app.forms._new import new_resource
from app.forms._rows import RowsForm
from app.forms._shared.common import answers, several
from app.forms._shared.course_rows import (
    MODALITIES,
    VOLUMES,
    dose_questions,
    is_described,
    modality_problems,
    volume_link,
    volume_problems,
)
from app.forms._shared.links import some
from app.forms._shared.site import side
from app.forms._shared.treatment import ProcedureForm, as_in_diagnosis, reason, status, taken
from app.forms._shared.volume import KIND, NAME, SITE
from app.mcode.definitions import profile_url
from app.mcode.kinds import Kind
from app.mcode.treated import volume_name
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import SNOMED, known_codes

_COURSE = Concept(SNOMED, "1217123003", "Radiotherapy course of treatment (regime/therapy)")
_SITES = "radiotherapy-treatment-location-vs"


class RadiotherapyCourse(RowsForm, ProcedureForm):
    """One course; volumes that it names for the first time are recorded with it."""

    slug = "radiotherapy-course"
    title = "Radiotherapy course"
    description = "When, with what and where, and the dose to each volume; also to stop one"
    order = 40
    parts = (
        *(
            Part(
                f"volume-{n}",
                f"Radiotherapy volume {n}",
                profile_url("radiotherapy-volume"),
                type="BodyStructure",
                optional=True,
            )
            for n in VOLUMES.numbers
        ),
        Part(
            "main",
            "Radiotherapy course",
            profile_url("radiotherapy-course-summary"),
            type="Procedure",
        ),
    )
    kinds = (Kind.RADIOTHERAPY,)
    called = "Radiotherapy"
    no_time = "Enter the day of the first session"
    repeated = (MODALITIES, VOLUMES)
    headline_fields = ("sites", "when")
    rows = (
        ("status",),
        Fold("Why it was stopped, held or not done", (("reason",),)),
        ("when",),
        ("aim",),
        ("sites",),
        ("side",),
        *MODALITIES.page,
        ("sessions",),
        *VOLUMES.page,
        Fold("Note", (("note",),)),
    )

    status = status(
        "in-progress", "completed", "stopped", "on-hold", "preparation", "not-done", "unknown"
    )
    reason = reason()
    when = DateSpan(
        "First session",
        until="Last session",
        hint="May stay empty until it begins",
        target=Target.main(Span("performed", period=True)),
    )
    sites = several("Treated sites", _SITES, way="bodySite", extensible=True, systems=(SNOMED,))
    side = side(Listed("bodySite"))
    sessions = WholeNumber(
        "Sessions",
        most=200,
        target=Target.main(Whole("valueUnsignedInt"), Ext(profile_url("radiotherapy-sessions"))),
    )

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the course for the cancer, or a volume of the patient."""
        if part.key != "main":
            return new_resource(part, subject, author)
        return {**super().new_resource(part, subject, author), "code": _COURSE.codeable()}

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's volumes, with those that only the course itself names."""
        super().prepare(subject)
        volumes = some(self.asked["volume-1"], _volumes(subject))
        offered = {f"BodyStructure/{v['id']}": volume_name(v) for v in volumes}
        held = self.load(subject.originals) if subject.originals else {}
        for n in VOLUMES.numbers:
            named = held.get(f"volume-{n}")
            name = named.literal if isinstance(named, Reference) else ""
            if name and name not in offered:
                known = subject.record.find(name)
                offered[name] = f"{volume_name(known) if known else name} (as in the chart)"
        for n in VOLUMES.numbers:
            item = self[f"volume-{n}"]
            if isinstance(item, CodedSelect):
                item.offer(Option(Reference(name), words) for name, words in offered.items())
                if held.get(item.name) == AS_RECORDED:
                    item.keep(volume_link(n).recorded(subject.originals["main"]))

    def layout(self, subject: Subject) -> Layout:
        """Return the rows of the page; where there is no volume yet, the first new one unfolded."""
        rows = super().layout(subject)
        if _volumes(subject):
            return rows
        new = next(row for row in VOLUMES.page if isinstance(row, Fold))
        return tuple(entry for row in rows for entry in (new.rows if row == new else (row,)))

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the site of the diagnosis."""
        condition = subject.cancer.condition
        found = answers(_SITES).match(known_codes(get(condition, "bodySite")))
        origin = as_in_diagnosis(subject)
        prefilled = {"sites": Prefill((found,), origin)} if found else {}
        return prefilled | (taken(self.side, condition, origin) if found else {})

    def what(self, procedure: Resource) -> str:
        """Return the sites of a course on record, else what kind of course it is."""
        sites = join(map(concept_text, items(procedure.get("bodySite"))), ", ")
        return sites or super().what(procedure)

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse what the guide's invariants do not take."""
        yield from super().check(subject)
        if self.side.data and len(self.sites.data) != 1:
            yield "side", "Choose one site, or remove the side: it is not clear of which it is"
        yield from modality_problems(self)
        yield from volume_problems(self)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about unusual doses."""
        yield from super().questions(subject)
        yield from dose_questions(self)

    def written_parts(self) -> list[Part]:
        """Return the course and the volumes that are described for it."""
        new = {f"volume-{n}" for n in VOLUMES.numbers if is_described(self, n)}
        return [part for part in self.parts if part.key in {"main", *new}]

    def load(self, originals: Originals) -> dict[str, Answer | None]:
        """Return the answers in the chart, with the volume of each row."""
        main = originals.get("main", {})
        linked = {f"volume-{n}": volume_link(n).read(main) for n in VOLUMES.numbers}
        return {**super().load(originals), **linked}

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers into the course, or what a row says of its new volume."""
        if part.key == "main":
            super().fill(resource, part, unchanged)
            return
        n = part.key.rpartition("-")[2]
        NAME.write(resource, self[f"volume-name-{n}"].data)
        KIND.write(resource, self[f"volume-kind-{n}"].data)
        SITE.write(resource, self[f"volume-site-{n}"].data)

    def fill_main(self, resource: Resource, part: Part, unchanged: Collection[str]) -> None:
        """Write the answers, and the volume of each row: of a new one what stands for it."""
        super().fill_main(resource, part, unchanged)
        # A new site begins without a side, also where the side is still the same.
        if self.side.target:
            self.side.target.element.write(resource, self.side.data)
        for n in VOLUMES.numbers:
            new = Reference(f"#volume-{n}") if is_described(self, n) else None
            volume_link(n).write(resource, new or self[f"volume-{n}"].data)

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Put the references of new volumes into the course."""
        new = {f"#{part}": reference for part, reference in references.items()}
        for dose in VOLUMES.way.fitting(parts["main"]):
            for volume in extensions(dose, "volume"):
                named = get(volume, "valueReference", "reference")
                if named in new:
                    volume["valueReference"] = {"reference": new[named]}


def _volumes(subject: Subject) -> list[Resource]:
    return subject.record.of_kinds(Kind.VOLUME)
