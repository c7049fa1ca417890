"""What is typed to find a patient, and the search of the EHR that it means."""

from __future__ import annotations

import re
from datetime import date, datetime

from wtforms import Form, StringField
from wtforms.validators import ValidationError

from app.fhir.search import Query, token

MOST_SHOWN = 20
_LONGEST = 100
_MOST_WORDS = 5
_SEPARATORS = re.compile(r"[\s,;]+")
_ISO = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class PatientSearch(Form):
    """Name, date of birth and record number, of which one is enough."""

    name = StringField("Name")
    born = StringField("Date of birth")
    number = StringField("Record number")

    def validate_name(self, field: StringField) -> None:
        """Take words of which one has two letters: a single one finds half of the hospital."""
        if field.data and max(map(len, self._words()), default=0) < 2:
            raise ValidationError("Enter at least two letters of the name")

    def validate_born(self, field: StringField) -> None:
        """Take a date of any precision that can be read in one way only."""
        if field.data and _fhir_date(field.data) is None:
            raise ValidationError(
                "Enter the date of birth with the month in letters, such as 14-Feb-1964"
            )

    def problems(self) -> list[tuple[str, str]]:
        """Return (sentence, address on the page) of what keeps the search from being made."""
        for item in self:
            item.data = (item.data or "").strip()[:_LONGEST]
        if not any(item.data for item in self):
            return [("Enter a name, a date of birth or a record number", "#name")]
        self.validate()
        return [(str(error), f"#{item.name}") for item in self for error in item.errors]

    def query(self) -> Query:
        """Return the search; each word of the name has to be found in it."""
        params = [("name", token(word)) for word in self._words()]
        if self.born.data:
            params.append(("birthdate", _fhir_date(self.born.data) or ""))
        if self.number.data:
            params.append(("identifier", token(self.number.data)))
        return Query("Patient", (*params, ("_count", str(MOST_SHOWN))), "patients")

    def _words(self) -> list[str]:
        return [word for word in _SEPARATORS.split(self.name.data or "") if word][:_MOST_WORDS]


def _fhir_date(typed: str) -> str | None:
    """Return what was typed as a FHIR date; None where it is none, or could be two."""
    if _ISO.fullmatch(typed):
        try:
            date.fromisoformat(f"{typed}-01-01"[:10])
        except ValueError:
            return None
        return typed
    for form in ("%d-%b-%Y", "%d-%B-%Y"):
        try:
            found = datetime.strptime(re.sub(r"[\s.]+", "-", typed), form)  # noqa: DTZ007 -- it has no zone
            return found.date().isoformat()
        except ValueError:
            continue
    return None
