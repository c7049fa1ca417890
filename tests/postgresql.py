"""A PostgreSQL server of the tests' own, reached by a socket in its folder and by no network."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

FOLDERS = "/usr/lib/postgresql"
OWNER = "postgres"


class Cluster:
    """A running server, which makes an empty database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Return the address, as SQLAlchemy takes it, of a database that is empty."""
        name = f"oncoform_{next(self._numbers)}"
        server = psycopg.connect(host=str(self._folder), user=OWNER, autocommit=True)
        with server, server.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._folder}"


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest first; None where there are none."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    versions = Path(FOLDERS).glob("*/bin/initdb")
    return max((path.parent for path in versions), default=None, key=_version)


def _version(folder: Path) -> int:
    return int(folder.parent.name)


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """Run a server until the block ends; nothing of it is left."""
    # Sockets have short names only, so this is not below the folder of a test.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, OWNER)
    data = folder / "data"
    try:
        run(programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Kathmandu"
        control = [programs / "pg_ctl", "-D", data, "-w"]
        run(*control, "-l", folder / "log", "-o", options, "start")
        try:
            yield Cluster(folder)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def run(*command: object) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root."""
    user = OWNER if os.getuid() == 0 else None
    subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd="/",
        user=user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
