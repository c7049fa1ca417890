"""A browser keeps nothing of a morning's work but the opaque key."""

import re

import pytest

from tests.flow.overheard import leaks

pytestmark = pytest.mark.browser

KEPT = """async () => ({
    local: {...localStorage},
    session: {...sessionStorage},
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookie: document.cookie,
    history: history.state,
    name: window.name,
})"""
NOTHING = {
    "local": {},
    "session": {},
    "databases": [],
    "caches": [],
    "workers": 0,
    "cookie": "",
    "name": "",
}
KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@pytest.fixture
def addresses(page):
    """Every address that the page asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_after_reading_searching_and_saving_a_draft_nothing_is_kept(page, running, addresses):
    page.goto(running.launch_address("elena-martinez", "oncologist-owen"))
    home = page.url
    page.goto(f"{home}forms/primary-cancer/new")
    with page.expect_response("**/find/disease?*"):
        page.fill("#disease", "melanoma")
    with page.expect_response("**/forms/primary-cancer/draft"):
        page.locator("#disease-hits label").first.click()
    page.goto(home)
    page.go_back()
    kept = page.evaluate(KEPT)
    # The library's mark that the entry of the history is its own.
    assert kept.pop("history") in (None, {"htmx": True})
    assert kept == NOTHING
    cookies = [c for c in page.context.cookies() if c["domain"] == "127.0.0.1"]
    assert {cookie["name"] for cookie in cookies} == {"__Host-oncoform", "oncoform-loopback"}
    assert all(KEY.fullmatch(cookie["value"]) and cookie["httpOnly"] for cookie in cookies)
    own = [a for a in addresses if a.startswith(running.app) and "/callback?" not in a]
    assert any("/find/disease" in address for address in own)
    names = {"melanoma", "Martinez, Elena", "1964-02-14", "carcinoma", "Owen Oncologist"}
    assert leaks("\n".join(own), names) == []
