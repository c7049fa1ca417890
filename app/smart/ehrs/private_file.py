"""Files of secrets: only their owner may read them, and they are written in one step."""

import os
import stat
import tempfile
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a new file; raises FileExistsError, or another OSError."""
    temporary = _written(path, text)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()


def replace_content(path: Path, text: str) -> None:
    """Replace the content of a file, and keep its owner; raises OSError."""
    path = path.resolve(strict=True)
    before = path.stat()
    temporary = _written(path, text)
    try:
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(temporary, before.st_uid, before.st_gid)
        # The app may read the file as a member of its group.
        temporary.chmod(0o600 | (before.st_mode & stat.S_IRGRP))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _written(path: Path, text: str) -> Path:
    """Return a new file in the folder of `path` with the text, readable for its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
