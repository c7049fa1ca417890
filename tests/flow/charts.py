"""A patient of its own for every form, with the chart that the forms' own tests refer to."""

import json
from pathlib import Path

from tests.forms.patient import CHART, PATIENT
from tests.forms.test_every_form import subject_of
from tests.forms.valid import typical

_OWN = [(r["resourceType"], r["id"]) for r in (PATIENT, *CHART)]


def of_form(slug: str, value):
    """Return a value in which references lead to the chart of this form's patient."""
    text = json.dumps(value)
    for type_, id_ in _OWN:
        text = text.replace(f'"{type_}/{id_}"', f'"{type_}/{slug}-{id_}"')
    return json.loads(text)


def patient_of(slug: str) -> str:
    """Return the id of a form's patient."""
    return f"{slug}-{PATIENT['id']}"


def typical_of(form_class) -> dict[str, str]:
    """Return the typical answers of a form as they refer to its patient's chart."""
    return of_form(form_class.slug, typical(form_class, subject_of(form_class)))


def bundle(slugs: list[str], folder: Path) -> Path:
    """Write the charts of these forms' patients as one transaction."""
    entries = []
    for slug in slugs:
        for resource in of_form(slug, [PATIENT, *CHART]):
            id_ = f"{slug}-{resource['id']}"
            address = f"{resource['resourceType']}/{id_}"
            stored = {name: value for name, value in resource.items() if name != "meta"}
            profiles = resource.get("meta", {}).get("profile")
            meta = {"meta": {"profile": profiles}} if profiles else {}
            entries.append(
                {
                    "fullUrl": f"urn:oncoform:{address}",
                    "resource": {**stored, **meta, "id": id_},
                    "request": {"method": "PUT", "url": address},
                }
            )
    path = folder / "charts.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}),
        encoding="utf-8",
    )
    return path
