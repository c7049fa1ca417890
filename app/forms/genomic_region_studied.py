"""Genomic region studied: what a test has examined, whether or not it found something there.

Source: mCODE 4.0.0, Genomic Region Studied. It has no value: what was found are variants.
"""

from collections.abc import Iterator

from app.formatting import partial_date
from app.forms._definition import Fold, Subject
from app.forms._elements.datatypes import Interval
from app.forms._elements.plain import Words
from app.forms._fields.base import FreeText, Target
from app.forms._fields.lines import Positions
from app.forms._shared.common import coded, effective_date
from app.forms._shared.genomics import (
    GENE,
    GENES,
    GenomicForm,
    component,
    finding_display,
    genomic_sequence,
    hgvs,
)
from app.forms._shared.links import specimen
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import HGNC, LOINC

_SHOWN = 6


class GenomicRegionStudied(GenomicForm):
    """A gene or another region that a genomic test has examined."""

    slug = "genomic-region-studied"
    title = "Genomic region studied"
    description = "A gene or region that was examined, also where nothing was found"
    order = 30
    profile = "genomic-region-studied"
    kinds = (Kind.REGION,)
    headline_fields = ("gene", "date")
    code = Concept(LOINC, "53041-0", "DNA region of interest", official=False)
    rows = (
        ("gene",),
        ("region",),
        ("date", "specimen"),
        Fold(
            "Positions and mutations looked for",
            (("mutation",), ("sequence", "positions"), ("coordinates",)),
        ),
        ("note",),
    )

    gene = coded(
        "Gene",
        GENES,
        way=(component(GENE.code, GENE.term),),
        extensible=True,
        systems=(HGNC,),
        alternative=True,
    )
    region = FreeText(
        "Region in words",
        alternative=True,
        hint="Such as exons 18 to 21, or the genes of a panel",
        target=Target.main(Words("valueString"), component("81293-3", "Region in words")),
    )
    date = effective_date("date of the test", "main")
    specimen = specimen("main")
    mutation = hgvs("Mutation looked for", "36908-2", "cgmnp", "c.1799T>A")
    sequence = genomic_sequence()
    positions = Positions(
        "Positions",
        hint="From and to, such as 140719327-140924929",
        target=Target.main(Interval("valueRange"), component("51959-5", "Positions")),
    )
    coordinates = coded(
        "How positions are counted",
        "LL5323-2",
        way=(component("92822-6", "Genomic coordinate system"),),
        extensible=False,
    )

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the regions on record, the newest first."""
        return [
            (finding_display(region) or "Region", "examined", partial_date(effective(region)))
            for region in subject.record.of_kinds(Kind.REGION)[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Ask what was examined."""
        if not any(self[name].data for name in ("gene", "region", "mutation", "positions")):
            yield "gene", "Choose the gene, or enter the region in words"
