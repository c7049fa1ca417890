import pytest

from tests.live import Clinician, demo


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Both servers, shared by the tests of a module; each test uses a patient of its own."""
    with demo(tmp_path_factory.mktemp("demo")) as servers:
        yield servers


@pytest.fixture
def clinician(running):
    return Clinician(running)
