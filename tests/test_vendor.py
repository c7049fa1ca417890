"""Vendored files are what their README says they are."""

import hashlib
import re

import pytest

from app.config import ROOT

VENDOR = ROOT / "static" / "vendor"
ROWS = re.findall(
    r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", (VENDOR / "README.md").read_text(), re.MULTILINE
)
HTMX_4_0_1 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


@pytest.mark.parametrize(("name", "sum_"), ROWS)
def test_a_vendored_file_has_the_sum_of_the_readme(name, sum_):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == sum_


def test_every_vendored_file_is_in_the_readme():
    listed = {name for name, _ in ROWS}
    shipped = {path.name for path in VENDOR.iterdir() if path.suffix in {".js", ".css"}}
    assert shipped == listed


def test_htmx_is_the_release_that_was_examined():
    assert ("htmx.min.js", HTMX_4_0_1) in ROWS


@pytest.mark.parametrize(("name", "sum_"), ROWS)
def test_a_vendored_file_asks_for_no_source_map(name, sum_):
    assert b"sourceMappingURL" not in (VENDOR / name).read_bytes()


def _pinned(name):
    """Return what a lock file pins, each with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    return {line.split()[0]: line.count("--hash=sha256:") for line in text.splitlines()}


def test_what_postgresql_needs_is_pinned_with_hashes_beside_everything_else():
    of_all, of_postgresql = _pinned("requirements.lock"), _pinned("requirements-postgresql.lock")
    assert of_all.items() <= of_postgresql.items()
    more = {one.partition("==")[0] for one in of_postgresql.keys() - of_all.keys()}
    assert more == {"psycopg", "psycopg-binary", "tzdata"}
    assert all(of_postgresql.values())
