"""The summary page in words: everything that the template prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.mcode.model import CancerRecord
from app.summary.also import AlsoGroup, also
from app.summary.biomarkers import MarkerRow, marker_rows
from app.summary.cancers import CancerCard, cancer_card
from app.summary.course import Course, course
from app.summary.drafts import DraftLine, OpenDraft, draft_lines
from app.summary.genomics import Genomics, genomics
from app.summary.missing import Missing, missing
from app.summary.performance import PerformanceRow, performance_rows
from app.summary.stages import StageTile, stage_tile
from app.summary.surface import SurfaceRow, surface_rows
from app.summary.treatments import Treatment, treatments
from app.summary.withheld import Withheld
from app.summary.words import Shown, retraction, shown


@dataclass(frozen=True)
class Unlinked:
    """What names no diagnosis of this patient, or not which of several."""

    stages: tuple[StageTile, ...]
    markers: tuple[MarkerRow, ...]
    others: tuple[Shown, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.stages or self.markers or self.others)


@dataclass(frozen=True)
class Summary:
    """`gaps` are (what could not be read, why), `withheld` what the sign-in does not show: with
    either, the page says that it is incomplete.

    Only where the person `may_enter` does the page offer forms: `ways` has (slug, resource id) of
    the form that amends an entry by the entry's `Type/id`, `titles` are those of the forms for new
    ones, by slug.
    """

    may_enter: bool
    ways: Mapping[str, tuple[str, str]]
    titles: Mapping[str, str]
    gaps: tuple[tuple[str, str], ...]
    withheld: Withheld
    cancers: tuple[CancerCard, ...]
    course: Course
    treatments: tuple[Treatment, ...]
    performance: tuple[PerformanceRow, ...]
    surface: tuple[SurfaceRow, ...]
    genomics: Genomics
    drafts: tuple[DraftLine, ...]
    missing: tuple[Missing, ...]
    unlinked: Unlinked
    misfiled: tuple[Shown, ...]
    not_interpreted: tuple[Shown, ...]
    retracted: tuple[Shown, ...]
    also: tuple[AlsoGroup, ...]

    @property
    def incomplete(self) -> bool:
        return bool(self.gaps or self.withheld.sentences)


def present(
    record: CancerRecord,
    today: date,
    *,
    may_enter: bool = True,
    drafts: Iterable[OpenDraft] = (),
    ways: Mapping[str, tuple[str, str]] | None = None,
    titles: Mapping[str, str] | None = None,
    withheld: Withheld | None = None,
) -> Summary:
    """Return the summary of a patient's record as it reads on `today`.

    `drafts` are those of the person who reads it, about this patient. `ways` and `titles` say which
    forms there are, as in Summary, and `withheld` what the grant of the sign-in leaves out.
    """
    left_out = withheld or Withheld()
    given = treatments(record)
    offered = titles if titles and may_enter else {}
    return Summary(
        may_enter=may_enter,
        ways=(ways or {}) if may_enter else {},
        titles=offered,
        # What the EHR refused because it was not granted is told once.
        gaps=tuple(
            (gap.label, gap.reason) for gap in record.gaps if gap.forbidden not in left_out.types
        ),
        withheld=left_out,
        cancers=tuple(cancer_card(record, primary, today, offered) for primary in record.primaries),
        course=course(record, given, today),
        treatments=given,
        performance=performance_rows(record),
        surface=surface_rows(record),
        genomics=genomics(record),
        drafts=draft_lines(record, drafts),
        missing=missing(record, given, today),
        unlinked=_unlinked(record),
        misfiled=tuple(shown(resource) for resource in record.misfiled),
        not_interpreted=tuple(shown(resource) for resource in record.not_interpreted),
        retracted=tuple(retraction(resource) for resource in record.retracted),
        also=also(record),
    )


def _unlinked(record: CancerRecord) -> Unlinked:
    loose = record.unlinked
    others = (
        *loose.statuses,
        *loose.metastases,
        *loose.tumors,
        *loose.morphology,
        *loose.pathology,
        *(item for found in loose.of_metastases.values() for item in found),
        *loose.risks,
        *loose.assessments,
    )
    return Unlinked(
        stages=tuple(stage_tile(record, stage) for stage in loose.stages),
        markers=marker_rows(record, loose.biomarkers),
        others=tuple(shown(resource) for resource in others),
    )
