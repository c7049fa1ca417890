"""The app with a launch, as for the pages of forms."""

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
