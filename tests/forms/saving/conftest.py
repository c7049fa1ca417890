"""An empty chart at the EHR, and a store of the app's own for drafts on their way to it."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from app.store import Store
from tests.forms.chart import Chart


@pytest.fixture
def chart(ehr):
    return Chart(ehr)


@pytest.fixture
def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = Store(url, Fernet.generate_key().decode(), kept=timedelta(days=1))
    yield store
    store.close()
