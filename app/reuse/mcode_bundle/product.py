"""The mCODE patient bundle as a product: one Bundle, and the same as lines by type."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from app.fhir.transport import FHIR_JSON
from app.fhir.wire import dumps
from app.reuse.mcode_bundle.builder import PatientBundle, ndjson, patient_bundle
from app.reuse.mcode_bundle.further import read_further
from app.reuse.needs import needs_in
from app.reuse.product import File, Made, Note, Product, Source

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same record, the same file: no moment of making in it


def _make(source: Source) -> Made:
    further = read_further(source.session, source.record)
    made = patient_bundle(source.record, source.session.bases, source.at, further)
    files = (
        File("bundle.json", FHIR_JSON, dumps(made.resource)),
        File("ndjson.zip", "application/zip", _zipped(ndjson(made.resource))),
    )
    return Made(files, tuple(_notes(made)))


def _zipped(texts: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for type_, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(f"{type_}.ndjson", _EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _notes(made: PatientBundle) -> Iterator[Note]:
    for note in (*made.left_out, *made.cautions):
        yield Note(note.says, note.reference)
    for each in made.unresolved:
        yield Note(f"{each.reason}; named by {', '.join(each.named_by)}", each.reference)
    for fault in made.faults:
        why = " ".join(fault.problems) or "mCODE has no profile for it"
        yield Note(f"is in it, but does not conform to {fault.profile}: {why}", fault.reference)


PRODUCT = Product(
    slug="mcode-bundle",
    title="mCODE patient bundle",
    purpose=(
        "All of this patient that mCODE has a place for, for software that takes mCODE: "
        "with name, identifiers and dates, as it stands in the chart."
    ),
    per_cancer=False,
    needs=needs_in(Path(__file__).parent),
    make=_make,
)
