"""The search form for patients, and the FHIR search that it makes."""

from datetime import date, datetime

from wtforms import Form, StringField
from wtforms.validators import ValidationError

from app.fhir.patterns import Pattern
from app.fhir.search import Query, token

MOST_SHOWN = 20
_LONGEST = 100
_MOST_WORDS = 5
_SEPARATORS = Pattern(r"[\s,;]+")
_BETWEEN = Pattern(r"[\s.]+")
_ISO = Pattern(r"\d{4}(-\d{2}(-\d{2})?)?")


class PatientSearch(Form):
    """Name, date of birth and record number; one of them is enough."""

    name = StringField("Name")
    born = StringField("Date of birth")
    number = StringField("Record number")

    def validate_name(self, field: StringField) -> None:
        """Ask for a word of two letters or more: one letter matches too many patients."""
        if field.data and max(map(len, self._words()), default=0) < 2:
            raise ValidationError("Enter at least two letters of the name")

    def validate_born(self, field: StringField) -> None:
        """Ask for an unambiguous date of any precision."""
        if field.data and _fhir_date(field.data) is None:
            raise ValidationError(
                "Enter the date of birth with the month in letters, such as 14-Feb-1964"
            )

    def problems(self) -> list[tuple[str, str]]:
        """Return each problem of the form as (sentence, address on the page)."""
        for item in self:
            item.data = (item.data or "").strip()[:_LONGEST]
        if not any(item.data for item in self):
            return [("Enter a name, a date of birth or a record number", "#name")]
        self.validate()
        return [(str(error), f"#{item.name}") for item in self for error in item.errors]

    def query(self) -> Query:
        """Return the search; every word of the name must match."""
        params = [("name", token(word)) for word in self._words()]
        if self.born.data:
            params.append(("birthdate", _fhir_date(self.born.data) or ""))
        if self.number.data:
            params.append(("identifier", token(self.number.data)))
        return Query("Patient", (*params, ("_count", str(MOST_SHOWN))), "patients")

    def _words(self) -> list[str]:
        return [word for word in _SEPARATORS.split(self.name.data or "") if word][:_MOST_WORDS]


def _fhir_date(typed: str) -> str | None:
    """Return a typed date as a FHIR date; None if it is no date, or ambiguous."""
    if _ISO.fullmatch(typed):
        try:
            date.fromisoformat(f"{typed}-01-01"[:10])
        except ValueError:
            return None
        return typed
    for form in ("%d-%b-%Y", "%d-%B-%Y"):
        try:
            found = datetime.strptime(_BETWEEN.sub("-", typed), form)  # noqa: DTZ007 -- it has no zone
            return found.date().isoformat()
        except ValueError:
            continue
    return None
