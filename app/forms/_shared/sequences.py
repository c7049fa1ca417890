"""Where a variant lies: the fields for its place on the chromosome and its reference sequences."""

from __future__ import annotations

import re

from app.forms._elements import Within, Words
from app.forms._fields import Place, ShortText
from app.forms._new import ObservationForm
from app.forms._shared.common import coded
from app.forms._shared.genomics import MAIN, component, genomic_sequence, symbol
from app.terminology.systems import CLINVAR, REFSEQ

_ALLELE = re.compile(r"[ACGTNacgtn*.\-]{1,200}")


def _allele(label: str, code: str) -> ShortText:
    return ShortText(
        label,
        missing=None,
        pattern=_ALLELE,
        sentence="Enter the bases, such as A or CT",
        place=Place(MAIN, Within((component(code, label),), Words("valueString"))),
    )


class SequenceFields(ObservationForm):
    """Base of a form that asks where in the genome a finding lies."""

    location = symbol(
        "Cytogenetic location", component("48001-2", "Cytogenetic location"), hint="Such as 17p13.1"
    )
    karyotype = symbol(
        "Karyotype (ISCN)",
        component("81291-7", "Variant in ISCN"),
        hint="Such as t(9;22)(q34;q11)",
    )
    chromosome = coded(
        "Chromosome",
        "LL2938-0",
        parts=MAIN,
        way=(component("48000-4", "Chromosome"),),
        open_=False,
    )
    build = coded(
        "Genome build", "LL1040-6", parts=MAIN, way=(component("62374-4", "Genome build"),)
    )
    transcript = symbol(
        "Transcript",
        component("51958-7", "Transcript reference sequence"),
        system=REFSEQ,
        pattern=re.compile(r"[NX][MR]_\d{6,9}\.\d{1,3}", re.ASCII),
        sentence="Enter the transcript with its version, such as NM_004333.6",
    )
    sequence = genomic_sequence()
    ref_allele = _allele("Reference allele", "69547-8")
    alt_allele = _allele("Alternative allele", "69551-0")
    clinvar = symbol(
        "ClinVar variation",
        component("81252-9", "Discrete genetic variant"),
        system=CLINVAR,
        pattern=re.compile(r"\d{1,9}", re.ASCII),
        sentence="Enter the number of the variation in ClinVar, such as 13961",
    )
