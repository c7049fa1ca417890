"""Files of secrets: only their owner may read them, and nobody ever meets half of one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a file that did not exist; raises FileExistsError, or another OSError."""
    temporary = _written(path, text)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()


def replace_content(path: Path, text: str) -> None:
    """Write a file anew in one step; it stays its owner's. Raises OSError."""
    path = path.resolve(strict=True)
    before = path.stat()
    temporary = _written(path, text)
    try:
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(temporary, before.st_uid, before.st_gid)
        # The app may read it as a member of the group.
        temporary.chmod(0o600 | (before.st_mode & stat.S_IRGRP))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _written(path: Path, text: str) -> Path:
    """Return a file beside `path` that holds the text, for its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
