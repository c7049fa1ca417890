"""The patients, users and visits that can be chosen."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from app.sandbox import people
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.structure import ID
from app.sandbox.people import Patient, User, Visit

_MOST_LISTED = "100"
_MOST_CONDITIONS = "500"


class Reader(Protocol):
    """Reads the chart without the limits of a user, from the store or from another server."""

    def find(self, reference: Local) -> Resource | None: ...

    def search(self, resource_type: str, params: Mapping[str, str]) -> list[Resource]: ...


class Directory:
    """Reads what the sandbox's pages show, by a `Reader`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def patients(self) -> list[Patient]:
        """Return the first hundred patients by name, with the display of their diagnosis."""
        patients = self._reader.search("Patient", {"_count": _MOST_LISTED})
        conditions = defaultdict(list)
        if patients:
            ids = ",".join(f"Patient/{patient['id']}" for patient in patients)
            params = {"subject": ids, "_count": _MOST_CONDITIONS}
            for condition in self._reader.search("Condition", params):
                conditions[_subject(condition)].append(condition)
        lines = [people.patient(patient, conditions[patient["id"]]) for patient in patients]
        return sorted(lines, key=lambda line: line.name)

    def patient(self, patient_id: str) -> Patient | None:
        resource = self._read("Patient", patient_id)
        if resource is None:
            return None
        params = {"subject": f"Patient/{patient_id}", "_count": _MOST_CONDITIONS}
        return people.patient(resource, self._reader.search("Condition", params))

    def users(self) -> list[User]:
        practitioners = self._reader.search("Practitioner", {"_count": _MOST_LISTED})
        return sorted(map(people.user, practitioners), key=lambda user: user.name)

    def user(self, user_id: str) -> User | None:
        practitioner = self._read("Practitioner", user_id)
        return people.user(practitioner) if practitioner else None

    def visits(self, patient_id: str) -> list[Visit]:
        """Return the patient's visits, the latest first."""
        params = {"subject": f"Patient/{patient_id}", "_count": _MOST_LISTED}
        encounters = self._reader.search("Encounter", params)
        encounters.sort(key=lambda e: str(e.get("period", {}).get("start", "")), reverse=True)
        return [people.visit(encounter) for encounter in encounters]

    def is_of(self, patient_id: str, resource_type: str, id_: str) -> bool:
        """Tell whether the resource exists and is about this patient."""
        resource = self._read(resource_type, id_)
        return resource is not None and _subject(resource) == patient_id

    def _read(self, resource_type: str, id_: str) -> Resource | None:
        return self._reader.find(Local(resource_type, id_)) if ID.fullmatch(id_) else None


def _subject(resource: Resource) -> str:
    subject = resource.get("subject") or resource.get("patient") or {}
    return str(subject.get("reference", "")).rpartition("/")[2]
