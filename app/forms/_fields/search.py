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
_SHORT = 28  # characters


class CodedSearch(Asked):
    """One answer, or with `many` any number, found by typing words, a code or an abbreviation.

    `concepts` are those that the app ships. Where `open`, a code of another list or words alone are
    an answer too; `systems` are the code systems that are offered for it. `suggested` options are
    in sight before anything is typed. `sets` says what a chosen answer puts into the units of other
    fields, by the names of their inputs, as long as nobody has typed there. `data` has the keys,
    one a line.

    Of a terminology server `further` are hits for the words in the box, and `verified` and
    `refused` the keys beside the app's list that it has judged.
    """

    macro = "search"
    inputs = ("", "-find", "-found", "-system", "-code", "-words")

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
        self.further: list[Option] = []
        self.verified: set[str] = set()
        self.refused: set[str] = set()
        self.kept = ""
        self.typed = dict.fromkeys(("find", "system", "code", "words"), "")

    @property
    def chosen(self) -> list[Option]:
        """The answers that are given, in words."""
        return [Option(key, self._words(key)) for key in self._keys()]

    @property
    def found(self) -> list[Option]:
        """What the typed words find, but for what is chosen or suggested."""
        shown = {*self._keys(), *(option.value for option in self.suggested)}
        return [option for option in self._all_found() if option.value not in shown]

    @property
    def is_in_sight(self) -> bool:
        """Tell whether all that the typed words find is chosen or suggested already."""
        return bool(self._all_found()) and not self.found

    @property
    def is_compact(self) -> bool:
        """Tell whether the answers in sight are short enough to stand side by side."""
        return all(len(o.label) <= _SHORT for o in (*self.chosen, *self.suggested))

    def hits(self, words: str) -> list[Option]:
        """Return what `words` find among the concepts that the app ships."""
        return [Option(concept.key, concept.words) for concept in self.concepts.search(words)]

    def is_exact(self, option: Option) -> bool:
        """Tell whether the typed words are an answer's very words or its code."""
        return self.typed["find"].casefold() in {option.label.casefold(), code_of(option.value)}

    def unlisted(self) -> list[tuple[str, TypedConcept]]:
        """Return the coded answers that the app does not ship, each with its key."""
        typed = ((key, TypedConcept.of_key(key)) for key in self._keys())
        return [(k, t) for k, t in typed if t and t.code and not self.concepts.find(k)]

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
        super().process(formdata, data, extra_filters)
        if formdata is None or not any(name in formdata for name in self.input_names):
            return
        for part in self.typed:
            typed = " ".join(one_line(formdata.get(f"{self.name}-{part}")).split())
            self.typed[part] = typed[:_WORDS_LENGTH]
        keys = [k for v in formdata.getlist(self.name) for k in str(v).split("\n") if k]
        seen = one_line(formdata.get(f"{self.name}-found"))[:_WORDS_LENGTH]
        if (own := self._own_key()) and not self._problem(own):
            keys = [*(keys if self.many else ()), own]
            self.typed.update(dict.fromkeys(self.typed, ""))
        elif self.typed["find"]:
            only = self._only_hit() if not keys or self.many else None
            if only:
                keys.append(only)
            # What is chosen beside the hits of these words answers them; other words are yet to
            # be looked up.
            if only or (keys and self.typed["find"] == seen):
                self.typed["find"] = ""
        self.data = "\n".join(self._ordered(keys))

    def pre_validate(self, form: Any) -> None:
        own = self._own_key()
        if own and (problem := self._problem(own)):
            raise ValidationError(problem)
        if self.typed["find"]:
            raise ValidationError(self._choose())
        super().pre_validate(form)

    def check(self) -> None:
        offered = {option.value for option in self.suggested}
        if not self.many and len(self._keys()) > 1:
            raise ValidationError(self.missing or "Choose one of the answers")
        for key in self._keys():
            if self.concepts.find(key) or key in offered or (key == AS_RECORDED and self.kept):
                continue
            if problem := self._problem(key):
                raise ValidationError(problem)

    def _problem(self, key: str) -> str | None:
        """Return what is to be done about an answer that the app does not ship."""
        if self.concepts.find(key):
            return None
        typed = TypedConcept.of_key(key)
        if not self.open or "|" not in key:
            return self.missing or "Choose one of the answers"
        if typed is None:
            return "Enter the code system, the code and the words, or words alone"
        if CONTROL.search(key) or len(typed.display) > _WORDS_LENGTH:
            return f"Shorten the words to {_WORDS_LENGTH} characters"
        if typed.code and not _CODE.fullmatch(typed.code):
            return "Enter the code without blanks and bars"
        if key in self.refused:
            return f"Choose another answer: “{typed.words}” is none of those that mCODE has here"
        known = {"", *(system for system, _ in self.systems), *(c.system for c in self.concepts)}
        if typed.system not in known and key not in self.verified:
            return "Choose the code system"
        return None

    def _own_key(self) -> str:
        """Return the key of what was entered beside the list, empty for nothing."""
        system, code, words = (self.typed[part] for part in ("system", "code", "words"))
        if not code:
            return f"||{words}" if words else ""
        if not system and len(self.systems) == 1:
            system = self.systems[0][0]
        # A bar parts a key: what stood behind it would be read as words.
        code = code.replace("|", " ")
        listed = self.concepts.find(f"{system}|{code}")
        return listed.key if listed else f"{system}|{code}|{words}"

    def _all_found(self) -> list[Option]:
        if not self.typed["find"]:
            return []
        hits = [*self.hits(self.typed["find"]), *self.further]
        return list({option.value: option for option in hits}.values())

    def _only_hit(self) -> str | None:
        """Return the answer that was typed in full, or by its code."""
        exact = [option for option in self.hits(self.typed["find"]) if self.is_exact(option)]
        return exact[0].value if len(exact) == 1 else None

    def _choose(self) -> str:
        words = self.typed["find"]
        if self.found:
            return f"Choose one of the answers found for “{words}”"
        if self.is_in_sight:
            return f"Choose “{words}” among the answers above the box, or empty the box"
        if self.open:
            return f"Nothing is found for “{words}”: try other words, or enter a code"
        return f"Nothing is found for “{words}”: try other words"

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


def code_of(key: str) -> str:
    """Return the code of an answer's key in small letters, empty for one without."""
    return key.partition("|")[2].partition("|")[0].casefold()
