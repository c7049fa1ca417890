from typing import Any, get_args

import pytest
from fhirclient.models.fhirelementfactory import FHIRElementFactory

from app.sandbox.fhir.search_parameters import TABLE, Kind


@pytest.mark.parametrize("resource_type", sorted(TABLE))
def test_each_path_leads_to_an_element_of_the_type(resource_type):
    for parameter in TABLE[resource_type].values():
        assert parameter.kind in get_args(Kind)
        for path in parameter.paths:
            models: list[Any] = [type(FHIRElementFactory.instantiate(resource_type, None))]
            for name in path.split("."):
                models = [kind for model in models for kind in element_types(model, name)]
                assert models, f"{resource_type}.{path} does not exist at {name}"


def element_types(model: Any, wanted: str) -> list[Any]:
    stem = wanted.removesuffix("[x]")
    return [
        kind
        for _, name, kind, _, choice, _ in model().elementProperties()
        if name == wanted or (wanted != stem and choice == stem)
    ]
