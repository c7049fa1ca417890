import os
import stat
from pathlib import Path

import pytest

from app.smart.ehrs import private_file
from app.smart.ehrs.private_file import replace_content, write_new


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_new_file_is_its_owners_alone(tmp_path, umask):
    path = tmp_path / "keys.json"
    write_new(path, "s3cret")
    assert path.read_text() == "s3cret"
    assert _mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text("before")
    with pytest.raises(FileExistsError):
        write_new(path, "s3cret")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o666, 0o640)])
def test_a_file_that_is_replaced_stays_its_owners_and_its_groups(tmp_path, before, after):
    path = tmp_path / "keys.json"
    path.write_text("before")
    path.chmod(before)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    owner = path.stat().st_uid, path.stat().st_gid
    replace_content(path, "s3cret")
    assert path.read_text() == "s3cret"
    assert _mode(path) == after
    assert (path.stat().st_uid, path.stat().st_gid) == owner
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / "keys.json", tmp_path / "link"
    path.write_text("before")
    link.symlink_to(path)
    replace_content(link, "s3cret")
    assert link.is_symlink()
    assert path.read_text() == "s3cret"


def test_a_write_that_fails_leaves_the_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    path.write_text("before")

    def fail(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_file.Path, "replace", fail)
    with pytest.raises(OSError, match="space"):
        replace_content(path, "s3cret")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_not_replaced(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_content(tmp_path / "none", "s3cret")
