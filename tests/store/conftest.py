import pytest


@pytest.fixture
def store(open_store):
    return open_store()
