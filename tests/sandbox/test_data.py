"""The shipped patients: sound as FHIR bundles, closed under references, without invented codes."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "app" / "sandbox" / "data"
STAFF = "practitioners"
TODAY = "2026-11-24"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
PATIENTS = [name for name in NAMES if name != STAFF]
BUNDLES = {name: json.loads((DATA / f"{name}.json").read_text("utf-8")) for name in NAMES}

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
DATE = re.compile(r"\d{4}-\d\d(-\d\d(T.*)?)?")

# The dihedral group's multiplication, by which the last digit of a SNOMED CT id is found.
_VERHOEFF_TIMES = [
    [(a + b) % 5 + (5 if b >= 5 else 0) for b in range(10)]
    if a < 5
    else [(a - b) % 5 + (0 if b >= 5 else 5) for b in range(10)]
    for a in range(10)
]
_VERHOEFF_SHIFT = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def resources(name: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in BUNDLES[name]["entry"]]


def address(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def elements(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every (key, value) below `node`, lists opened."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from elements(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from elements(value, key)
    yield key, node


def codes(name: str, system: str) -> set[str]:
    found = (value for resource in resources(name) for _, value in elements(resource))
    return {v["code"] for v in found if isinstance(v, dict) and v.get("system") == system}


def snomed_digit_is_right(code: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(code)):
        value = int(digit)
        for _ in range(place % 8):
            value = _VERHOEFF_SHIFT[value]
        check = _VERHOEFF_TIMES[check][value]
    return check == 0


def loinc_digit_is_right(code: str) -> bool:
    number, _, digit = code.rpartition("-")
    doubled = (int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(number)))
    return (sum(sum(divmod(d, 10)) for d in doubled) + int(digit)) % 10 == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_transaction_that_puts_each_resource_at_its_own_address(name):
    assert (BUNDLES[name]["resourceType"], BUNDLES[name]["type"]) == ("Bundle", "transaction")
    for entry in BUNDLES[name]["entry"]:
        assert entry["request"] == {"method": "PUT", "url": address(entry["resource"])}
        assert entry["fullUrl"].endswith(address(entry["resource"]))
        assert re.fullmatch(r"[a-z0-9.-]{1,64}", entry["resource"]["id"], re.IGNORECASE)


def test_no_two_resources_share_an_address():
    counted = Counter(address(resource) for name in NAMES for resource in resources(name))
    assert [where for where, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_references_stay_in_the_file_or_lead_to_the_staff(name):
    known = {address(resource) for resource in [*resources(name), *resources(STAFF)]}
    used = {v for r in resources(name) for key, v in elements(r) if key == "reference"}
    assert used <= known


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patients_file_holds_one_patient_and_only_what_is_about_that_patient(name):
    assert [r["id"] for r in resources(name) if r["resourceType"] == "Patient"] == [name]
    for resource in resources(name):
        assert resource["id"].startswith(name)
        # A Medication is a thing, and a Provenance is about records: neither has a subject.
        if resource["resourceType"] not in ("Patient", "Medication", "Provenance"):
            about = resource.get("subject") or resource["patient"]
            assert about == {"reference": f"Patient/{name}"}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lies_in_the_future_but_what_is_planned(name):
    for resource in resources(name):
        for key, value in elements(resource):
            if isinstance(value, str) and DATE.fullmatch(value) and value[:10] > TODAY:
                assert resource.get("status") == "preparation", (address(resource), key, value)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_narrative(name):
    for resource in resources(name):
        assert "text" not in resource
        assert not any(key == "div" for key, _ in elements(resource))


@pytest.mark.parametrize("name", NAMES)
def test_check_digits_are_right(name):
    assert {c for c in codes(name, SNOMED) if not snomed_digit_is_right(c)} == set()
    # LOINC's parts and answers (LP..., LA...) follow another rule.
    terms = {c for c in codes(name, LOINC) if c[0].isdigit()}
    assert {c for c in terms if not loinc_digit_is_right(c)} == set()


@pytest.mark.parametrize("right", ["384625004", "408643008", "359746009"])
def test_the_snomed_check_sees_a_mistyped_digit_and_two_swapped_ones(right):
    assert snomed_digit_is_right(right)
    assert not snomed_digit_is_right(right[:-1] + str((int(right[-1]) + 1) % 10))
    assert not snomed_digit_is_right(right[0] + right[2] + right[1] + right[3:])


def test_the_loinc_check_sees_a_mistyped_digit():
    assert loinc_digit_is_right("21908-9")
    assert not loinc_digit_is_right("21909-9")


@pytest.mark.parametrize(
    "icd", ["C50", "C34", "C61", "C18", "C90.0", "C83", "C91.0", "C43", "C49", "C79.3"]
)
def test_every_cancer_of_the_list_is_there(icd):
    found = [
        code["code"]
        for name in PATIENTS
        for resource in resources(name)
        if resource["resourceType"] == "Condition"
        for code in resource["code"].get("coding", [])
    ]
    assert any(code.startswith(icd) for code in found)


def test_about_half_of_the_resources_name_a_profile():
    shipped = [resource for name in PATIENTS for resource in resources(name)]
    tagged = sum("profile" in resource.get("meta", {}) for resource in shipped)
    assert 0.4 < tagged / len(shipped) < 0.6


def coded(name: str, *wanted: str) -> list[dict[str, Any]]:
    return [
        r
        for r in resources(name)
        if r["resourceType"] == "Observation" and r["status"] != "entered-in-error"
        if any(c["code"] in wanted for c in r["code"].get("coding", []))
    ]


def test_elena_has_a_clinical_stage_and_no_pathologic_one():
    assert len(coded("elena-martinez", "399537006")) == 1
    assert not coded("elena-martinez", "399588009", "384625004", "371494008", "371497001")


def test_theo_has_no_stage_and_ruths_melanoma_has_none():
    stages = ("399537006", "399588009", "21908-9", "21902-2", "385388004", "C139007", "106243009")
    assert not coded("theo-lindgren", *stages)
    about = [f["reference"] for r in coded("ruth-abernathy", *stages) for f in r["focus"]]
    assert about == ["Condition/ruth-abernathy-breast-cancer"] * 2


def test_the_staff_the_sandbox_signs_in_is_there():
    ids = {r["id"] for r in resources(STAFF) if r["resourceType"] == "Practitioner"}
    assert {"oncologist-owen", "nurse-nancy", "reader-rita"} <= ids


def test_the_files_stay_small():
    assert sum(path.stat().st_size for path in DATA.iterdir() if path.is_file()) < 1_200_000


def test_the_readme_names_every_patient():
    readme = (DATA / "README.md").read_text("utf-8")
    assert [name for name in PATIENTS if f"| `{name}` |" not in readme] == []


def test_the_readme_speaks_of_resources_that_exist():
    readme = (DATA / "README.md").read_text("utf-8")
    ids = {resource["id"] for name in PATIENTS for resource in resources(name)}
    named = re.findall(rf"`((?:{'|'.join(PATIENTS)})[a-z0-9-]*)[`*]", readme)
    assert len(named) > len(PATIENTS)
    assert [start for start in named if not any(id_.startswith(start) for id_ in ids)] == []
