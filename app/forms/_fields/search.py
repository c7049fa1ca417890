"""Answers that are searched for: a list too long to show, or one that only a server knows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

from wtforms.validators import ValidationError

from app.fhir.patterns import Pattern
from app.forms._answers import AS_RECORDED, Answer, AsRecorded, Coding, text_of
from app.forms._fields.base import CONTROL, A, Asked, Option, Typed
from app.terminology.concept import Concept, TypedConcept
from app.terminology.lists import ConceptList
from app.terminology.systems import system_name

_CODE = Pattern(r"[!-~]{1,64}")
_WORDS_LENGTH = 300
_SHORT = 28  # characters
_BOXES = ("find", "system", "code", "words")


class CodedSearch(Asked[A]):
    """Answers found by typing words, a code or an abbreviation.

    `concepts` are those that the app ships. Where they are `extensible`, a code of another list or
    words alone are an answer too; `systems` are the code systems that are offered for it.
    `suggested` options are in sight before anything is typed. `sets` says what a chosen answer puts
    into the units of other fields, by the names of their inputs, as long as nobody has typed there.

    Of a terminology server `further` are hits for the words in the box, and `verified` and
    `refused` the answers beside the app's list that it has judged.
    """

    macro = "search"
    inputs = ("", "found", *_BOXES)
    many: ClassVar[bool]

    def __init__(
        self,
        label: str,
        *,
        concepts: ConceptList,
        extensible: bool = False,
        systems: Sequence[str] = (),
        suggested: Iterable[Option] = (),
        sets: Callable[[Answer], Mapping[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.concepts = concepts
        self.extensible = extensible
        self.systems = [(system, system_name(system)) for system in systems]
        self.suggested = list(suggested)
        self.sets = sets or (lambda _: {})
        self.further: list[Option] = []
        self.verified: set[Concept] = set()
        self.refused: set[Concept] = set()

    @property
    def answers(self) -> tuple[Concept | AsRecorded, ...]:
        """The answers that are given."""
        return _several(self.data)

    @property
    def chosen(self) -> list[Option]:
        """The answers that are given, in words; what was sent and is none, as it was sent."""
        if self.problem:
            return [Option(key, key) for key in _lines(self.typed[""])]
        return [Option(answer, self.display(answer)) for answer in self.answers]

    @property
    def found(self) -> list[Option]:
        """What the typed words find, but for what is chosen or suggested."""
        shown = {option.text for option in (*self.chosen, *self.suggested)}
        return [option for option in self._all_found() if option.text not in shown]

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
        return [Option(concept, concept.display) for concept in self.concepts.search(words)]

    def is_exact(self, option: Option) -> bool:
        """Tell whether the typed words are an answer's very words or its code."""
        code = option.value.code if isinstance(option.value, Concept) else ""
        return self.typed["find"].casefold() in {option.label.casefold(), code.casefold()}

    def unlisted(self) -> list[Concept]:
        """Return the coded answers that the app does not ship."""
        return [c for c in self.answers if isinstance(c, Concept) and c.code and self._is_own(c)]

    def suggest(self, options: Iterable[Option]) -> None:
        """Offer answers before anything is typed."""
        self.suggested = list(options)

    def display(self, answer: Concept | AsRecorded) -> str:
        """Return one answer as people read it."""
        kept = f"{self.kept} (as in the chart)" if self.kept else str(AS_RECORDED)
        return answer.display if isinstance(answer, Concept) else kept

    def inputs_of(self, answer: A | None) -> dict[str, str]:
        return {**dict.fromkeys(self.inputs, ""), **super().inputs_of(answer)}

    def clean(self, typed: Typed) -> dict[str, str]:
        """Return the answers that were chosen or entered, and the words that are yet to be found.

        What is entered beside the list, or typed in full, is an answer like one that is chosen.
        """
        boxes = {box: " ".join(typed[box].split())[:_WORDS_LENGTH] for box in _BOXES}
        keys, seen = _lines(typed[""]), typed["found"].strip()[:_WORDS_LENGTH]
        own = self._own(boxes)
        if own and not self._problem(own):
            keys = [*(keys if self.many else ()), own.key]
            boxes = dict.fromkeys(boxes, "")
        elif boxes["find"]:
            self.typed = {**self.typed, **boxes}
            only = self._only_hit() if not keys or self.many else None
            if only:
                keys.append(only)
            # What is chosen beside the hits of these words answers them; other words are yet to
            # be looked up.
            if only or (keys and boxes["find"] == seen):
                boxes["find"] = ""
        # In the order in which the chart's element gives them.
        ordered = sorted(dict.fromkeys(keys), key=lambda key: (self.concepts.rank(key), key))
        return {"": "\n".join(ordered), "found": seen, **boxes}

    def display_of(self, answer: A) -> str:
        """Return the answers as people read them, with semicolons between."""
        return "; ".join(map(self.display, _several(answer)))

    def answer_of(self, typed: Typed) -> A | None:
        answers = tuple(self._answer(key) for key in _lines(typed[""]))
        if len(answers) > 1 and not self.many:
            raise ValidationError(self._not_offered())
        return cast("A", answers if self.many else next(iter(answers), None))

    @property
    def text(self) -> str:
        return self.typed[""] if self.problem else super().text

    def pre_validate(self, form: Any) -> None:
        own = self._own(self.typed)
        if own and (problem := self._problem(own)):
            raise ValidationError(problem)
        if self.typed["find"]:
            raise ValidationError(self._choose())
        super().pre_validate(form)

    def check(self, answer: A) -> None:  # noqa: ARG002 -- each of the answers is looked at
        offered = [option.value for option in self.suggested]
        for each in self.answers:
            if isinstance(each, Concept) and each not in offered:
                if problem := self._problem(each):
                    raise ValidationError(problem)
            elif isinstance(each, AsRecorded) and not self.kept:
                raise ValidationError(self._not_offered())

    def _answer(self, key: str) -> Concept | AsRecorded:
        """Return the answer of a text; raises ValidationError where it is none."""
        if key == text_of(AS_RECORDED) and self.kept:
            return AS_RECORDED
        offered = (option.value for option in self.suggested if option.text == key)
        found = self.concepts.find(key) or next(offered, None)
        if found is None and self.extensible and "|" in key:
            found = TypedConcept.of_key(key)
            if found is None:
                raise ValidationError(
                    "Enter the code system, the code and the words, or words alone"
                )
        if not isinstance(found, Concept):
            raise ValidationError(self._not_offered())
        return found

    def _not_offered(self) -> str:
        return self.missing or "Choose one of the answers"

    def _is_own(self, concept: Concept) -> bool:
        return self.concepts.find(concept.key) is None

    def _problem(self, concept: Concept) -> str | None:
        """Return what is to be done about an answer that the app does not ship."""
        if not self._is_own(concept):
            return None
        if not self.extensible:
            return self._not_offered()
        if not concept.term or bool(concept.system) != bool(concept.code):
            return "Enter the code system, the code and the words, or words alone"
        if CONTROL.search(concept.key) or len(concept.term) > _WORDS_LENGTH:
            return f"Shorten the words to {_WORDS_LENGTH} characters"
        if concept.code and not _CODE.fullmatch(concept.code):
            return "Enter the code without blanks and bars"
        if concept in self.refused:
            return (
                f"Choose another answer: “{concept.display}” is none of those that mCODE has here"
            )
        known = {"", *(system for system, _ in self.systems), *(c.system for c in self.concepts)}
        if concept.system not in known and concept not in self.verified:
            return "Choose the code system"
        return None

    def _own(self, typed: Typed) -> Concept | None:
        """Return what was entered beside the list, None for nothing."""
        system, code, words = (typed[box] for box in ("system", "code", "words"))
        if not code:
            return TypedConcept("", "", words) if words else None
        if not system and len(self.systems) == 1:
            system = self.systems[0][0]
        # A bar parts a key: what stood behind it would be read as words.
        code = code.replace("|", " ")
        return self.concepts.find(f"{system}|{code}") or TypedConcept(system, code, words)

    def _all_found(self) -> list[Option]:
        if not self.typed["find"]:
            return []
        hits = [*self.hits(self.typed["find"]), *self.further]
        return list({option.text: option for option in hits}.values())

    def _only_hit(self) -> str | None:
        """Return the answer that was typed in full, or by its code."""
        exact = [option for option in self.hits(self.typed["find"]) if self.is_exact(option)]
        return exact[0].text if len(exact) == 1 else None

    def _choose(self) -> str:
        words = self.typed["find"]
        if self.found:
            return f"Choose one of the answers found for “{words}”"
        if self.is_in_sight:
            return f"Choose “{words}” among the answers above the box, or empty the box"
        if self.extensible:
            return f"Nothing is found for “{words}”: try other words, or enter a code"
        return f"Nothing is found for “{words}”: try other words"


class SearchOne(CodedSearch[Coding]):
    """One answer."""

    many = False


class SearchMany(CodedSearch[tuple[Concept, ...]]):
    """Any number of answers, in the order of the list."""

    many = True
    nothing = ()
    data: tuple[Concept, ...]


def _several(answer: Any) -> tuple[Concept | AsRecorded, ...]:
    if isinstance(answer, tuple):
        return answer
    return (answer,) if isinstance(answer, Concept | AsRecorded) else ()


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]
