"""Answers that are searched for: a list too long to show, or one that only a server knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from wtforms.validators import ValidationError

from app.forms._elements import AS_RECORDED
from app.forms._fields.base import CONTROL, Asked, Option, one_line
from app.terminology.concept import TypedConcept
from app.terminology.lists import ConceptList
from app.terminology.systems import system_name

_CODE = re.compile(r"[!-~]{1,64}")
_WORDS_LENGTH = 300


class CodedSearch(Asked):
    """One answer, or with `many` any number, found by typing words, a code or an abbreviation.

    `concepts` are those that the app ships. Where `open`, a code of another list or words alone are
    an answer too; `systems` are the code systems that are offered for it. `suggested` options are
    in sight before anything is typed. `sets` says what a chosen answer puts into other inputs, by
    their names, as long as nobody has typed there. `data` has the keys, one a line.
    """

    kind = "search"
    inputs = ("", "-find", "-system", "-code", "-words")

    def __init__(
        self,
        label: str,
        *,
        concepts: ConceptList,
        many: bool = False,
        open: bool = False,  # noqa: A002 -- as the element calls it
        systems: Sequence[str] = (),
        suggested: Iterable[Option] = (),
        sets: Callable[[str], Mapping[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.concepts = concepts
        self.many = many
        self.open = open
        self.systems = [(system, system_name(system)) for system in systems]
        self.suggested = list(suggested)
        self.sets = sets or (lambda _: {})
        self.kept = ""
        self.typed = dict.fromkeys(("find", "system", "code", "words"), "")

    @property
    def chosen(self) -> list[Option]:
        """The answers that are given, in words."""
        return [Option(key, self._words(key)) for key in self._keys()]

    @property
    def found(self) -> list[Option]:
        """What the typed words find, but for what is chosen or suggested."""
        if not self.typed["find"]:
            return []
        shown = {*self._keys(), *(option.value for option in self.suggested)}
        return [o for o in self.hits(self.typed["find"]) if o.value not in shown]

    def hits(self, words: str) -> list[Option]:
        """Return what `words` find among the concepts that the app ships."""
        return [Option(concept.key, concept.words) for concept in self.concepts.search(words)]

    def suggest(self, options: Iterable[Option]) -> None:
        """Offer answers before anything is typed."""
        self.suggested = list(options)

    def keep(self, label: str) -> None:
        """Let what the chart holds be an answer, in its own words."""
        self.kept = f"{label} (as in the chart)"

    def label_of(self, value: str) -> str:
        """Return the words of all answers, with semicolons between."""
        return "; ".join(self._words(key) for key in value.split("\n") if key)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or not any(name in formdata for name in self.input_names):
            return
        for part in self.typed:
            self.typed[part] = one_line(formdata.get(f"{self.name}-{part}"))[:_WORDS_LENGTH]
        keys = [k for v in formdata.getlist(self.name) for k in str(v).split("\n") if k]
        if self.typed["code"] or self.typed["words"]:
            # The error of an entry that cannot stand is told by `check`.
            keys = [*(keys if self.many else ()), self._own_key()]
            self.typed.update(dict.fromkeys(("system", "code", "words"), ""))
        elif self.typed["find"] and (not keys or self.many) and (only := self._only_hit()):
            keys.append(only)
            self.typed["find"] = ""
        elif keys and not self.many:
            self.typed["find"] = ""
        self.data = "\n".join(self._ordered(keys))

    def pre_validate(self, form: Any) -> None:
        if self.typed["find"]:
            raise ValidationError(self._choose())
        super().pre_validate(form)

    def check(self) -> None:
        for key in self._keys():
            if self.concepts.find(key) or (key == AS_RECORDED and self.kept):
                continue
            if key not in {option.value for option in self.suggested}:
                self._check_typed(key)

    def _check_typed(self, key: str) -> None:
        if not self.open or "|" not in key:
            raise ValidationError(self.missing or "Choose one of the answers")
        typed = TypedConcept.of_key(key)
        if typed is None:
            raise ValidationError("Enter the code system, the code and the words, or words alone")
        if CONTROL.search(key) or len(typed.display) > _WORDS_LENGTH:
            raise ValidationError(f"Shorten the words to {_WORDS_LENGTH} characters")
        if typed.code and not _CODE.fullmatch(typed.code):
            raise ValidationError("Enter the code without blanks")
        if typed.system not in {"", *(system for system, _ in self.systems)}:
            raise ValidationError("Choose the code system")

    def _own_key(self) -> str:
        system, code, words = (self.typed[part] for part in ("system", "code", "words"))
        if not code:
            system = ""
        elif not system and len(self.systems) == 1:
            system = self.systems[0][0]
        listed = self.concepts.find(f"{system}|{code}")
        return listed.key if listed else f"{system}|{code}|{words}"

    def _only_hit(self) -> str | None:
        hits = self.hits(self.typed["find"])
        typed = self.typed["find"].casefold()
        exact = [o for o in hits if typed in {o.label.casefold(), o.value.split("|")[1].casefold()}]
        found = exact or hits
        return found[0].value if len(found) == 1 else None

    def _choose(self) -> str:
        if self.found:
            return f"Choose one of the answers found for “{self.typed['find']}”"
        if self.open:
            return f"Nothing is found for “{self.typed['find']}”: try other words, or enter a code"
        return f"Nothing is found for “{self.typed['find']}”: try other words"

    def _keys(self) -> list[str]:
        return [key for key in (self.data or "").split("\n") if key]

    def _ordered(self, keys: Iterable[str]) -> list[str]:
        """Return the keys once each, in the order in which the chart's element gives them."""
        unique = list(dict.fromkeys(keys))
        if len(unique) < 2:
            return unique
        return sorted(unique, key=lambda key: (self.concepts.place(key), key))

    def _words(self, key: str) -> str:
        if key == AS_RECORDED:
            return self.kept or key
        known = self.concepts.find(key) or TypedConcept.of_key(key)
        offered = (option.label for option in self.suggested if option.value == key)
        return known.words if known else next(offered, key)
