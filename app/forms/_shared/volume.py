"""What tells one radiotherapy volume from another: name, kind and place.

Source: mCODE 4.0.0, Radiotherapy Volume.
"""

from app.forms._answers import Coding
from app.forms._elements.paths import Where, Within
from app.forms._elements.plain import Words
from app.forms._elements.single import Coded
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedRadio, labelled_options
from app.forms._fields.lines import ShortText
from app.forms._fields.search import SearchOne
from app.forms._shared.common import answers
from app.terminology.systems import SNOMED

_TYPES = {
    "228791009": "Gross tumor (GTV)",
    "228792002": "Clinical target (CTV)",
    "228793007": "Planning target (PTV)",
    "1201745009": "Internal target (ITV)",
    "1201746005": "Internal gross tumor (IGTV)",
    "1162586008": "Organ at risk",
}
NAME = Within(
    (Where("identifier", lambda entry: entry.get("use") == "usual", {"use": "usual"}),),
    Words("value"),
)
KIND = Coded("morphology", answers("radiotherapy-volume-type-vs"))
# mCODE takes other sites too where none of its list fits.
SITE = Coded("location", answers("radiotherapy-treatment-location-vs"), extensible=True)


def volume_name(target: Target[str] | None = None) -> ShortText:
    """Return the question for the name by which people know the volume."""
    hint = "As in the plan, such as PTV 50"
    return ShortText("Name of the volume", hint=hint, target=target)


def volume_kind(target: Target[Coding] | None = None) -> CodedRadio[Coding]:
    """Return the question for the kind of volume, as the ICRU distinguishes them."""
    options = labelled_options(KIND.concepts, _TYPES)
    return CodedRadio("Kind of volume", options=options, target=target)


def volume_site(target: Target[Coding] | None = None) -> SearchOne:
    """Return the question for where in the body the volume lies."""
    return SearchOne(
        "Body site",
        concepts=SITE.concepts,
        extensible=True,
        systems=(SNOMED,),
        target=target,
    )
