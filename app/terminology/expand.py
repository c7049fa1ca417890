"""Value sets that no list holds: a terminology server searches them (`ValueSet/$expand`).

The server is the configured one, else the EHR itself where it says that it can. A clinician is
typing meanwhile: what was answered is remembered for some minutes, a server that does not answer is
left alone for one, and whoever asks gets None instead of an error and searches what the app ships.

The configured server gets its own token or none, never an EHR's, and of the patient nothing: the
address of a value set and the words that were typed.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar
from unicodedata import category

from app.fhir.addresses import AddressRule
from app.fhir.credentials import OneToken
from app.fhir.errors import FhirError, Unreachable
from app.fhir.patterns import Pattern
from app.fhir.session import FhirSession, Limits
from app.fhir.terms import Term
from app.terminology.concept import Concept
from app.terminology.systems import canonical

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_TERMS = 100
_ANSWERS = 500  # of each kind, for all users together
_ANSWER_SECONDS = 600
_FAULT_SECONDS = 60
_LONGEST_WORDS = 100
_LARGEST_ANSWER = 2_000_000  # bytes
# What an answer of a form can be: its key parts system, code and term by bars.
_CODE = Pattern(r"[!-{}~]{1,64}")
_LONGEST_SYSTEM, _LONGEST_DISPLAY = 255, 300


class Memory(Generic[T]):
    """Keeps the newest `most` values for `seconds` each. Safe in several threads."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, key: Hashable, value: T) -> None:
        """Keep `value`; the oldest makes room."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = monotonic() + self._seconds, value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: Hashable) -> T | None:
        """Return what was kept under `key`, None when its time is over."""
        with self._lock:
            end, value = self._kept.get(key, (0.0, None))
            return value if end > monotonic() else None


class Terminology:
    """Where value sets are searched; one per app, for all its threads."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`settings` are those of app.config."""
        self._seconds: int = settings["TERMINOLOGY_TIMEOUT"]
        self._known = _Known()
        self._own: FhirSession | None = None
        if settings["TERMINOLOGY_URL"]:
            limits = Limits(max_bytes=_LARGEST_ANSWER)
            tokens = OneToken(settings["TERMINOLOGY_TOKEN"] or None)
            # The administrator's word, unlike what an EHR names: it may be in the house.
            rule = AddressRule(demo=settings["DEMO"], own_network=True)
            session = FhirSession(settings["TERMINOLOGY_URL"], tokens, limits, rule=rule)
            self._own = session.within(self._seconds)

    def expander(self, ehr: FhirSession) -> "Expander":
        """Return what searches for the user of this session with an EHR."""
        if self._own is not None:
            return Expander(self._own, self._known, always=True)
        return Expander(ehr.within(self._seconds), self._known, always=False)


class Expander:
    """Searches and checks codes on one server; raises no error."""

    def __init__(self, session: FhirSession, known: "_Known", *, always: bool) -> None:
        """`always` says that the server is asked whatever it says of itself."""
        self._session = session
        self._known = known
        self._always = always

    def may_search(self) -> bool:
        """Tell, without asking, whether a search may bring something."""
        offered = self._always or self._known.offers.get((self._session.base, "expand"))
        return offered is not False and not self._known.faults.get(self._session.base)

    def search(self, value_set: str, typed: str, limit: int = 20) -> list[Concept] | None:
        """Return codes of the value set with this address that fit `typed`, `limit` at most.

        None where the server cannot say. What fits, and in which order, is the server's to decide.
        """
        typed = " ".join(typed.split())[:_LONGEST_WORDS]
        limit = min(limit, MOST_TERMS)
        if not typed or limit < 1:
            return []
        found = self._recalled(
            self._known.answers,
            (value_set, typed.casefold(), limit),
            "expand",
            lambda: _concepts(self._session.expand(value_set, typed, limit)),
        )
        return None if found is None else list(found)

    def validate(self, value_set: str, system: str, code: str) -> bool | None:
        """Tell whether the value set with this address has the code; None where nobody can say."""
        return self._recalled(
            self._known.verdicts,
            (value_set, system, code),
            "validate-code",
            lambda: self._session.validate_code(value_set, system, code),
        )

    def _recalled(
        self, memory: Memory[T], asked: tuple[str | int, ...], operation: str, ask: Callable[[], T]
    ) -> T | None:
        """Return what was answered before, else what is answered now; None where there is none."""
        key = (self._session.base, *asked)
        answer = memory.get(key)
        if answer is not None:
            return answer
        about = (self._session.base, operation, asked[0])
        if self._known.faults.get(self._session.base) or self._known.faults.get(about):
            return None
        try:
            if not self._offered(operation):
                return None
            answer = ask()
        except FhirError as error:
            # A dead server is left alone altogether, one that refuses in this one matter.
            dead = isinstance(error, Unreachable)
            self._known.faults.put(self._session.base if dead else about, value=True)
            logger.warning("no terms: %s of %s", type(error).__name__, operation)
            return None
        memory.put(key, answer)
        return answer

    def _offered(self, operation: str) -> bool:
        if self._always:
            return True
        key = (self._session.base, operation)
        offered = self._known.offers.get(key)
        if offered is None:
            offered = self._session.capability().offers("ValueSet", operation)
            if offered is None:  # it says nothing of itself, perhaps at this moment only
                self._known.faults.put(self._session.base, value=True)
                return False
            self._known.offers.put(key, offered)
        return offered


class _Known:
    """What all users' questions have brought so far. Codes and terms, no patient's data."""

    def __init__(self) -> None:
        self.answers: Memory[tuple[Concept, ...]] = Memory(_ANSWERS, _ANSWER_SECONDS)
        self.verdicts: Memory[bool] = Memory(_ANSWERS, _ANSWER_SECONDS)
        self.offers: Memory[bool] = Memory(_ANSWERS, _ANSWER_SECONDS)
        self.faults: Memory[bool] = Memory(_ANSWERS, _FAULT_SECONDS)


def _concepts(terms: Iterable[Term]) -> tuple[Concept, ...]:
    """Return the terms that can be shown and recorded, each code once."""
    found: dict[tuple[str, str], Concept] = {}
    for system, code, display in terms:
        fits = _CODE.fullmatch(code) and _fits(display, _LONGEST_DISPLAY)
        if fits and _fits(system, _LONGEST_SYSTEM) and "|" not in system:
            concept = Concept(canonical(system), code, display)
            found.setdefault((concept.system, code), concept)
    return tuple(found.values())


def _fits(text: str, longest: int) -> bool:
    """Tell whether `text` is short and has no control or invisible characters."""
    return len(text) <= longest and not any(category(mark).startswith("C") for mark in text)
