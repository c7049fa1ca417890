"""`make bench`: one table of ratios, each measured here and now, both sides in one run.

Bare times say more about the machine than about the app; a ratio of two ways to do the same thing
on the same machine, taken in turn, says which is the better one and by how much.
"""

import json
import statistics
import tempfile
from functools import partial
from pathlib import Path
from time import sleep
from unittest.mock import patch

from fhirclient.models.bundle import Bundle

from app.config import ROOT
from app.fhir import wire
from app.fhir.addresses import AddressRule
from app.fhir.session import FhirSession
from app.mcode.assembly import assemble
from app.mcode.reading import read_record, read_resources
from bench.auditing import auditing
from bench.measure import pairs
from bench.searching import searching
from tests.live import access_token, demo

PATIENT = "elena-martinez"
LOOPBACK = AddressRule(demo=True)


class Tokens:
    """One access token for all requests, each of which is held up as a network would."""

    def __init__(self, token: str, delay: float) -> None:
        self.token, self.delay = token, delay

    def current(self) -> str:
        sleep(self.delay)
        return self.token

    def renew(self, spent: str | None) -> None:  # noqa: ARG002 -- it does not expire meanwhile
        return None


def main() -> None:
    """Print the table."""
    found, waited = searching()
    rows = [*parsing(), *reading(), *auditing(), *found]
    print("| what is compared | ratio, median | smallest – largest |")
    print("|---|---|---|")
    for name, ratios in rows:
        middle = statistics.median(ratios)
        print(f"| {name} | {middle:.2f} | {min(ratios):.2f} – {max(ratios):.2f} |")
    print(f"\n{waited}")


def parsing() -> list[tuple[str, list[float]]]:
    """Compare ways to parse a large page of search results."""
    entry = json.loads((ROOT / f"app/sandbox/data/{PATIENT}.json").read_bytes())["entry"]
    page = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entry}).encode()
    return [
        (
            "app.fhir.wire / json, parsing",
            pairs(lambda: wire.loads(page), lambda: json.loads(page)),
        ),
        (
            "fhirclient models / app.fhir.wire, parsing",
            pairs(lambda: Bundle(json.loads(page), strict=False), lambda: wire.loads(page)),
        ),
    ]


def reading() -> list[tuple[str, list[float]]]:
    """Compare reading a record with all searches at once to reading it one by one."""
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as servers:
        token = access_token(servers, PATIENT, "oncologist-owen")

        def record(delay: float = 0) -> None:
            read_record(FhirSession(servers.fhir, Tokens(token, delay), rule=LOOPBACK), PATIENT)

        def one_by_one(delay: float) -> None:
            with patch("app.mcode.reading.run_all", lambda calls: [call() for call in calls]):
                record(delay)

        found = read_resources(FhirSession(servers.fhir, Tokens(token, 0), rule=LOOPBACK), PATIENT)
        return [
            (
                f"searches one by one / at the same time, each {delay * 1000:.0f} ms away",
                pairs(partial(one_by_one, delay), partial(record, delay)),
            )
            for delay in (0, 0.05)
        ] + [
            (
                "whole record over HTTP / assembling it alone",
                pairs(record, lambda: assemble(found.patient, found.resources)),
            ),
        ]


main()
