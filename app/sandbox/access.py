"""The access of a token to the chart: scopes, conditions and the patient compartment."""

from collections.abc import Callable
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import AccessDenied, Interaction, Resource
from app.sandbox.fhir.compartment import has_compartment
from app.sandbox.scopes import Scope

# How a search names the patient, where it is not by `patient`. The subject of an adverse event may
# also be a Group, a Practitioner or a RelatedPerson, which may have the patient's id; not every
# upstream knows `subject:Patient`. A Provenance is found by its targets, so its search cannot be
# narrowed: what it finds is filtered.
_PATIENT_PARAMETERS = {
    "AdverseEvent": ("subject", "Patient/"),
    "Group": ("member", ""),
    "Patient": ("_id", ""),
    "ResearchSubject": ("individual", ""),
}


@dataclass(frozen=True)
class TokenAccess:
    """The `Access` of one token: its clinical scopes, and the patient it was issued for.

    `patients_of` names the patients whom a resource is about.
    """

    scopes: tuple[Scope, ...]
    patient: str | None
    patients_of: Callable[[Resource], set[str]] = field(repr=False)

    def check(
        self, interaction: Interaction, resource_type: str, resource: Resource | None
    ) -> None:
        scopes = self._covering(interaction, resource_type)
        if not scopes:
            raise AccessDenied(
                403, f"No scope of this token allows {_ACTS[interaction]} any {resource_type}."
            )
        if resource is not None and not self._allow(scopes, interaction, resource):
            raise AccessDenied(
                403,
                f"The scopes of this token do not allow {_ACTS[interaction]} this {resource_type}: "
                "it is not this patient's, or not of the kind that they name.",
            )

    def narrow(self, resource_type: str, params: MultiDict[str, str]) -> MultiDict[str, str]:
        """Restrict a search as far as parameters can; `visible` filters the rest."""
        narrowed = params.copy()
        scopes = self._covering("s", resource_type)
        if (
            self.patient
            and has_compartment(resource_type)
            and resource_type != "Provenance"
            and all(scope.level == "patient" for scope in scopes)
        ):
            parameter, before = _PATIENT_PARAMETERS.get(resource_type, ("patient", ""))
            narrowed.add(parameter, before + self.patient)
        if len(scopes) == 1:
            for condition in scopes[0].conditions:
                narrowed.add(condition.param, ",".join(condition.tokens))
        return narrowed

    def visible(self, resource: Resource) -> bool:
        resource_type = str(resource.get("resourceType"))
        return any(
            self._allow(self._covering(interaction, resource_type), interaction, resource)
            for interaction in _READING
        )

    def _covering(self, interaction: Interaction, resource_type: str) -> list[Scope]:
        return [
            scope
            for scope in self.scopes
            if scope.covers(interaction, resource_type)
            and (scope.level != "patient" or self.patient is not None)
        ]

    def _allow(self, scopes: list[Scope], interaction: Interaction, resource: Resource) -> bool:
        return any(
            scope.admits(resource)
            and (scope.level != "patient" or self._in_compartment(interaction, resource))
            for scope in scopes
        )

    def _in_compartment(self, interaction: Interaction, resource: Resource) -> bool:
        """Tell whether a `patient/` scope covers the resource.

        What is about this patient and no other; and, to be read, what is about nobody: a
        Practitioner, an Organization, a Medication.
        """
        patients = self.patients_of(resource)
        if patients:
            return patients == {self.patient}
        return interaction in _READING and not has_compartment(str(resource.get("resourceType")))


_READING: tuple[Interaction, ...] = ("r", "s")
_ACTS: dict[Interaction, str] = {
    "c": "creating",
    "r": "reading",
    "u": "updating",
    "d": "deleting",
    "s": "searching",
}
