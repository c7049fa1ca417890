import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, sync_playwright

from tests.live import demo

EXPECTED = re.compile(r"status of 4|ERR_FAILED|Failed to fetch")
WIDTHS = (1280, 768, 320)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

EFFORTS = pytest.StashKey[list[tuple[str, int, int, int, int, int]]]()


@pytest.fixture
def told(request):
    """Keep what entering a form has taken, for the table at the end."""
    return request.config.stash.setdefault(EFFORTS, []).append


def pytest_terminal_summary(terminalreporter, config):
    """Print what entering each form takes: always, since it is a promise to those who enter."""
    rows = config.stash.get(EFFORTS, [])
    if not rows:
        return
    terminalreporter.section("clicks and keys to enter each form with its typical answers")
    heads = ("form", "answers", "clicks", "keys", "together", "needed")
    width = max(len(row[0]) for row in rows)
    for title, *numbers in (heads, *rows):
        cells = "".join(f"{cell:>10}" for cell in numbers)
        terminalreporter.write_line(f"{title:<{width}}{cells}")


@pytest.fixture(scope="session")
def chromium():
    """A real browser; where there is none, the tests are skipped, and in CI they fail."""
    path = os.environ.get("ONCOFORM_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        except Error as error:
            if os.environ.get("ONCOFORM_REQUIRE_BROWSER"):
                pytest.fail(f"Chromium has to be there: {error}")
            pytest.skip("Chromium is not there: set ONCOFORM_CHROMIUM to its path")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("demo")) as servers:
        yield servers


@pytest.fixture
def page(chromium, request):
    """A page of a fresh profile; what the browser complains of fails the test.

    A module may have EXPECTED of its own.
    """
    expected = getattr(request.module, "EXPECTED", EXPECTED)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    context.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield page
    context.close()
    # Refusals (4xx) and broken lines are told on the console too; some tests are about them.
    assert [text for text in complaints if not expected.search(text)] == []


@pytest.fixture
def no_axe_findings():
    """Check that axe finds nothing in a page and its frames."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        told = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
        assert told == [], page.url

    return check


@pytest.fixture
def picture(tmp_path_factory):
    """Save a screenshot where ONCOFORM_PICTURES points to, for people to look at."""
    folder = os.environ.get("ONCOFORM_PICTURES")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def looks_right(no_axe_findings, picture):
    """Check a page at each width: accessible, and without scrolling sideways."""

    def check(page, name: str) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide at {width}"
            no_axe_findings(page)
            picture(page, f"{name}-{width}")
        page.set_viewport_size({"width": 1280, "height": 900})

    return check


@pytest.fixture
def open_form(page, running):
    """Open a new entry of a form, with nothing of an earlier test's draft in it."""

    def open_(slug, patient="elena-martinez", browser_page=None):
        opened = browser_page or page
        opened.goto(running.launch_address(patient, "oncologist-owen"))
        opened.goto(f"{opened.url.rstrip('/')}/forms/{slug}/new")
        again = opened.get_by_role("button", name="Start again from the chart")
        if again.count():
            again.click()
            opened.get_by_role("heading", level=1).wait_for()
        return opened

    return open_
