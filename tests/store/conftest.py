from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from app.store import Store


@pytest.fixture
def key():
    return Fernet.generate_key().decode()


@pytest.fixture
def open_store(database_url, key):
    """Open the store as one more app server does, with other keys where they are given."""
    opened = []

    def open_store(keys: str = key) -> Store:
        opened.append(Store(database_url, keys, kept=timedelta(days=14)))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()
