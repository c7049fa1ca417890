"""Radiotherapy volume: a body region that a dose is planned for or was delivered to.

Source: mCODE 4.0.0, Radiotherapy Volume, with its invariant that a volume has a name or a
description.
"""

from collections.abc import Iterator

from app.formatting import join
from app.forms._definition import EntryForm, Subject
from app.forms._elements.plain import Words
from app.forms._fields.base import FreeText, Target
from app.forms._new import new_resource
from app.forms._shared.common import others, several
from app.forms._shared.volume import KIND, NAME, SITE, volume_kind, volume_name, volume_site
from app.mcode.kinds import Kind
from app.mcode.treated import volume_name as known_as
from app.terminology.systems import SNOMED


class RadiotherapyVolume(EntryForm):
    """A volume by itself; the course that it is treated in can describe one too."""

    slug = "radiotherapy-volume"
    title = "Radiotherapy volume"
    section = "Treatment"
    description = "A target or an organ at risk by its name, kind and place"
    order = 50
    about = "patient"
    profile = "radiotherapy-volume"
    kinds = (Kind.VOLUME,)
    new_resource = staticmethod(new_resource)
    rows = (("name",), ("kind",), ("site",), ("qualifiers",), ("words",))

    name = volume_name(Target.main(NAME))
    kind = volume_kind(Target.main(KIND))
    site = volume_site(Target.main(SITE))
    qualifiers = several(
        "Part or side",
        "radiotherapy-treatment-location-qualifier-vs",
        way="locationQualifier",
        systems=(SNOMED,),
    )
    words = FreeText("Description", target=Target.main(Words("description")))

    def headline(self, subject: Subject) -> str:
        """Return the volume by its name, else its description."""
        named = join([self.title, self.name.data or self.words.data], ", ")
        return join([named, subject.title])

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the volumes on record."""
        found = others(subject, subject.record.of_kinds(Kind.VOLUME))
        return [("Volume", known_as(volume), "") for volume in found]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Ask for what the volume is known by."""
        if not self.name.data and not self.words.data:
            yield "name", "Enter the name of the volume, or describe it below"
