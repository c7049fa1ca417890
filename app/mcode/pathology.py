"""What pathology found beside the stage: the lymph nodes counted, the conclusions of reports."""

from app.fhir.paths import get, local_reference, text
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.recognise import kind_of
from app.mcode.values import result, with_caveat
from app.terminology.concept import concept_text

# "Regional lymph nodes examined [#] Specimen": the property, and what comes after it.
_LOINC_REST = Pattern(r"(?s) \[#\].*")


def nodes_and_reports(record: CancerRecord, primary: PrimaryCancer) -> list[tuple[str, str, str]]:
    """Return (label, value, date) of node counts and report conclusions about this cancer.

    Newest first, with what was examined; a report without a conclusion has nothing to say here.
    What pathology says of a metastasis is left out.
    """
    rows = []
    for found in primary.pathology:
        name = _LOINC_REST.sub("", concept_text(found.get("code")) or "Pathology")
        label = join([name, specimen(record, found)])
        is_count = kind_of(found) == Kind.NODES
        concluded = text(found.get("conclusion"))
        value = result(found) if is_count else concluded and with_caveat(concluded, found)
        if value:
            rows.append((label, value, partial_date(effective(found))))
    return rows


def specimen(record: CancerRecord, finding: Resource) -> str | None:
    """Return what was examined, in words."""
    reference = get(finding, "specimen")
    found = record.find(local_reference(reference) or "") or {}
    named = specimen_title(found)
    doubt = record.doubt_about(found)
    return f"{named} ({doubt})" if named and doubt else named or text(get(reference, "display"))


def specimen_title(found: Resource) -> str | None:
    """Return a Specimen in words: "Tissue, left breast"."""
    type_ = found.get("type")
    if own_words := text(get(type_, "text")):
        return own_words
    site = concept_text(get(found, "collection", "bodySite"))
    return join([concept_text(type_), site], ", ") or None
