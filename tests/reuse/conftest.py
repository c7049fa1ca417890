"""The app with a launch, as for the pages of forms; and its keys for a receiver."""

import json

import pytest
from joserfc.jwk import ECKey

from tests.forms.conftest import ehr
from tests.forms.views.conftest import (
    always_quick_requests,
    app,
    chart,
    launch,
    nancy,
    person,
    store,
)

__all__ = ["always_quick_requests", "app", "chart", "ehr", "launch", "nancy", "person", "store"]


@pytest.fixture(scope="session")
def keys():
    """The app's private keys for a receiver, as the variable holds them."""
    key = ECKey.generate_key("P-384", parameters={"kid": "receivers"})
    return json.dumps({"keys": [key.as_dict(private=True)]})
