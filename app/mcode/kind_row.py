"""What a row of the kinds of cancer data says (app.mcode.kinds has the rows)."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from app.fhir.patterns import Pattern
from app.mcode.codes import Code


@dataclass(frozen=True, kw_only=True)
class KindRow:
    """What the app knows of a kind of cancer data.

    `home` is where it stands: a name of `Linked`, for what speaks of one cancer, or of
    `CancerRecord`, for what is the patient's.

    A resource of one of `types` is recognised by its `codes`, then by the codes of its
    `categories`, then by the name of the mCODE profile that it claims (`profiles`, a regular
    expression), then by its shape: `extensions` (names of app.mcode.profiles.EXTENSION),
    `morphologies` of a BodyStructure, the `text` of its code (a regular expression). Where two
    rows fit, the first counts. `whole_type` says that its types hold nothing else.

    `searched` kinds of Observation are asked for by their codes; the codes of others are too many,
    and give way where a resource has another kind's code too.

    What `names_cancer` makes a cancer of the Condition that it is about. `focus_only` kinds name
    their cancer by `focus`, and other diseases by the extension that is a cancer in other kinds.
    """

    name: str
    home: str
    types: tuple[str, ...] = ("Observation",)
    codes: Collection[Code] = ()
    categories: frozenset[str] = frozenset()
    profiles: str = ""
    extensions: tuple[str, ...] = ()
    morphologies: frozenset[Code] = frozenset()
    text: str = ""
    whole_type: bool = False
    searched: bool = True
    names_cancer: bool = False
    focus_only: bool = False

    @cached_property
    def _profiles(self) -> Pattern:
        return Pattern(rf"\A(?:{self.profiles})")

    @cached_property
    def _text(self) -> Pattern:
        return Pattern(self.text)

    def is_claimed_by(self, profile: str) -> bool:
        """Tell whether the name of a profile is one of the kind's."""
        return bool(self.profiles) and self._profiles.fullmatch(profile) is not None

    def is_named_by(self, text: str) -> bool:
        """Tell whether the text of a code says the kind."""
        return bool(self.text) and self._text.search(text) is not None
