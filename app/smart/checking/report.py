"""The findings of a check, as a table for a terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["ok", "note", "warning", "stops"]

_MARKS: dict[Verdict, str] = {"ok": "", "note": "·", "warning": "!", "stops": "✗"}
_LONGEST = 300


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: what the EHR says, and what that means for the app.

    `why` says what follows from it. With a finding that `stops` no launch can work.
    """

    label: str
    value: str
    verdict: Verdict = "ok"
    why: str = ""


@dataclass(frozen=True)
class Section:
    """Findings under one heading."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Report:
    """All findings about one EHR at one FHIR base."""

    name: str
    key: str
    issuer: str
    sections: tuple[Section, ...]

    def of(self, *verdicts: Verdict) -> list[Finding]:
        """Return the findings with one of `verdicts`, in their order."""
        found = (finding for section in self.sections for finding in section.findings)
        return [finding for finding in found if finding.verdict in verdicts]

    @property
    def works(self) -> bool:
        """Whether a launch can work, as far as the check can see."""
        return not self.of("stops")

    def text(self) -> str:
        """Return the table, with what will not work at its end."""
        lines = [f"{self.name} ({self.key})  {self.issuer}"]
        for section in self.sections:
            lines += ["", section.title, *_table(section.findings)]
        lines += ["", "Will not work, and why", *_reasons(self.of("stops", "warning"))]
        return "\n".join(lines)


def shown(value: Any) -> str:
    """Return a value of the EHR as one printable line of limited length."""
    if isinstance(value, (list, tuple, set, frozenset)):
        value = ", ".join(map(str, value)) or "none"
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _table(findings: Sequence[Finding]) -> Iterable[str]:
    width = max((len(finding.label) for finding in findings), default=0)
    for finding in findings:
        mark = _MARKS[finding.verdict]
        yield f"{mark:>2} {finding.label:<{width}}  {shown(finding.value)}".rstrip()
        if finding.why and finding.verdict == "note":
            yield f"   {'':<{width}}  {finding.why}"


def _reasons(findings: Sequence[Finding]) -> Iterable[str]:
    if not findings:
        yield "   Nothing that can be seen from here."
    for finding in findings:
        yield f"{_MARKS[finding.verdict]:>2} {finding.label}: {finding.why}"
