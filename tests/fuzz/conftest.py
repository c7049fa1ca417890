import pytest

from tests.fuzz.id_tokens import Keys
from tests.fuzz.running import running


@pytest.fixture(scope="session")
def keys():
    """The EHR's keys."""
    return Keys()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The running app, shared by all cases of a module."""
    with running(tmp_path_factory.mktemp("fuzz")) as house:
        yield house
