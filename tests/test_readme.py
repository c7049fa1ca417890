"""The README's table of profiles says what the forms and the reader do."""

import re
from pathlib import Path

import pytest

from app.forms._registry import all_forms
from app.mcode.definitions import profiles, type_of
from app.mcode.definitions.shapes import Profile
from app.mcode.recognise import kind_of

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
HEADING = "## Every mCODE profile"

# Profiles that are no resource of their own in a chart, or that others are made from.
ABSTRACT = {"tnm-category", "cancer-risk-assessment"}
NO_RESOURCE = {"body-structure-identifier"}


def resource_profiles() -> list[Profile]:
    return [p for p in profiles() if p.type != "Extension"]


def capabilities(profile: Profile) -> list[str]:
    """Return read, create, amend, retract of a profile as the table has them."""
    writers = [f for f in all_forms().values() if any(p.profile == profile.url for p in f.parts)]
    # Some kinds are told by an extension of the profile alone.
    named = [url for e in profile.elements for t in e.types for url in t.profiles]
    held = [{"url": url} for url in named if type_of(url) == "Extension"]
    claimed = {
        "resourceType": profile.type,
        "meta": {"profile": [profile.url]},
        "extension": held,
    }
    read = profile.type == "Patient" or kind_of(claimed) is not None
    written = bool(writers)
    return ["yes" if able else "no" for able in (read, written, written, written)]


def rows() -> dict[str, list[str]]:
    table = README.partition(HEADING)[2].partition("\n## ")[0]
    found = re.findall(r"^\| (?!profile|---)([^|]+?) \|(.*)\|$", table, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in found}


def test_the_table_names_every_profile_once():
    assert set(rows()) == {profile.name for profile in resource_profiles()}


@pytest.mark.parametrize("profile", resource_profiles(), ids=lambda p: p.name)
def test_the_table_says_what_is_done_with_a_profile(profile):
    *able, form = rows()[profile.name]
    if profile.name in ABSTRACT | NO_RESOURCE:
        assert able == ["–"] * 4
        assert form
        return
    assert able == capabilities(profile)
    titles = {
        f.title for f in all_forms().values() if any(p.profile == profile.url for p in f.parts)
    }
    assert all(title in form for title in titles), titles
