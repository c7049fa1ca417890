"""A chart too large for one page: what the summary has no room for stands on the list of all."""

import html
import re

from app.summary.panels import _room
from tests.summary.reading.charts import SUBJECT

PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"family": "Martinez"}]}


def finding(number, **more):
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        **SUBJECT,
        "code": {"text": f"Finding {number}"},
        **more,
    }


def ids(page):
    return set(re.findall(r'"id": "([^"]*)"', html.unescape(page.html)))


def test_each_record_stands_on_the_summary_or_on_the_list_of_all(read, monkeypatch):
    monkeypatch.setattr(_room, "_OF_ROW", 1000)
    monkeypatch.setattr("app.summary.panels.OF_PANEL", 20_000)
    chart = [finding(number) for number in range(230)]
    wrong = finding("wrong", status="entered-in-error")
    page = read([PATIENT, *chart, wrong])
    shown = len(set(page.facts))
    assert 0 < shown < 230
    assert f"{230 - shown} further records stand on the list of all records only" in page.words
    parts = [page.other_page(f"records?part={number}") for number in (1, 2, 3)]
    assert "1 to 100 of 231" in parts[0].words
    assert "201 to 231 of 231" in parts[2].words
    assert "entered in error" in "".join(part.words for part in parts)
    listed = [ids(part) for part in parts]
    assert sum(map(len, listed)) == 231
    assert set.union(*listed) == {resource["id"] for resource in (*chart, wrong)}
    assert parts[0].links()["Older ones"].endswith("records?part=2")
    assert "Newer ones" not in parts[0].links()
    assert "Older ones" not in parts[2].links()


def test_a_small_chart_is_shown_whole_and_leads_to_the_list_too(read):
    page = read([PATIENT, finding(1)])
    assert "too much for one page" not in page.words
    assert page.links()["All records that were read"].endswith("records")
    for odd in ("records", "records?part=-3", "records?part=99", "records?part=x"):
        assert "1 to 1 of 1" in page.other_page(odd).words
