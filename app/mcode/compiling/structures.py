"""From a StructureDefinition's snapshot to what the app has to know of a profile."""

from typing import Any

from app.mcode.definitions.shapes import short_name, without_version

_CORE = "http://hl7.org/fhir/StructureDefinition/"
_MAX_SET = f"{_CORE.rstrip('/')}/elementdefinition-maxValueSet"
_FHIR_TYPE = f"{_CORE.rstrip('/')}/structuredefinition-fhir-type"
_STATED = ("fixed", "pattern", "minValue", "maxValue")

# Every element has this one: it may not be empty. It is checked without an expression.
_EVERYWHERE = "ele-1"


def compile_structure(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a profile's name, type, elements and invariants."""
    elements = definition["snapshot"]["element"]
    return {
        "url": definition["url"],
        "name": short_name(definition["url"]),
        "type": definition["type"],
        "elements": [_element(element) for element in elements],
        "invariants": _invariants(elements),
    }


def referred_structures(compiled: dict[str, Any]) -> list[str]:
    """Return the addresses of the profiles that the types of a compiled profile's elements name."""
    return [
        url
        for element in compiled["elements"]
        for type_ in element.get("types", [])
        for url in type_.get("profiles", [])
    ]


def _element(element: dict[str, Any]) -> dict[str, Any]:
    compiled: dict[str, Any] = {
        "id": element["id"],
        "card": f"{element['min']}..{element['max']}",
    }
    if name := element.get("sliceName"):
        compiled["slice"] = name
    if slicing := element.get("slicing"):
        compiled["slicing"] = {
            "rules": slicing["rules"],
            "by": [[by["type"], by["path"]] for by in slicing.get("discriminator", [])],
        }
    if types := element.get("type"):
        compiled["types"] = [_type(type_) for type_ in types]
    if reference := element.get("contentReference"):
        compiled["same_as"] = reference.rpartition("#")[2]
    for name, value in element.items():
        for stated in _STATED:
            if name.startswith(stated):
                compiled[stated] = value
    if binding := _binding(element.get("binding", {})):
        compiled["binding"] = binding
    return compiled


def _type(type_: dict[str, Any]) -> dict[str, Any]:
    compiled = {"code": _type_code(type_)}
    if profiles := type_.get("profile"):
        compiled["profiles"] = [without_version(url) for url in profiles]
    if targets := type_.get("targetProfile"):
        compiled["targets"] = [without_version(url) for url in targets]
    return compiled


def _type_code(type_: dict[str, Any]) -> Any:
    """Return a FHIR type; ids and addresses have one of FHIRPath, with FHIR's in an extension."""
    for extension in type_.get("extension", []):
        if extension["url"] == _FHIR_TYPE:
            return extension["valueUrl"]
    return type_["code"].removeprefix("http://hl7.org/fhirpath/System.").removeprefix(_CORE)


def _binding(binding: dict[str, Any]) -> dict[str, str]:
    compiled = {}
    if url := binding.get("valueSet"):
        compiled = {"strength": binding["strength"], "set": without_version(url)}
    for extension in binding.get("extension", []):
        if extension["url"] == _MAX_SET:
            compiled["max"] = without_version(extension["valueCanonical"])
    return compiled


def _invariants(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each invariant once, with the ids of the elements to which it applies."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for element in elements:
        for constraint in element.get("constraint", []):
            if constraint["key"] == _EVERYWHERE:
                continue
            invariant = {
                "key": constraint["key"],
                "severity": constraint["severity"],
                "human": constraint["human"],
                "expression": constraint.get("expression", ""),
                "at": [],
            }
            key = (invariant["key"], invariant["expression"])
            found.setdefault(key, invariant)["at"].append(element["id"])
    return list(found.values())
