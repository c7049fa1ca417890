"""From the summary to a report that the registry has: by keyboard, seen from both sides."""

import re
from dataclasses import asdict, replace

import pytest
from playwright.sync_api import expect

from app.reuse.receivers import Receiver, Receivers
from tests.reuse.registry import charts

pytestmark = pytest.mark.browser

OPEN = re.compile("Open ?: Cancer registry report: Sandbox registry")
PATIENT, USER = "elena-martinez", "oncologist-owen"
SITE = asdict(charts.SITE)


@pytest.fixture(scope="module", autouse=True)
def registry(running):
    """The sandbox's registry as a receiver, and a worker that sends to it; its page."""
    address = f"{running.ehr}/receivers/registry"
    receiver = Receiver(
        key="sandbox-registry",
        name="Sandbox registry",
        product="registry-report",
        address=address,
        purpose="To try it.",
        site=SITE,
    )
    extensions = running.flask.extensions
    before = extensions["outbox"]
    extensions["outbox"] = replace(before, receivers=Receivers([receiver]))
    extensions["outbox"].start_worker(running.flask.config)
    yield f"{address}/"
    extensions["outbox"].queue.stop()
    extensions["outbox"] = before


@pytest.fixture
def actions(page, running):
    """Open the summary; what presses a link or a button by keyboard, and counts."""
    page.goto(running.launch_address(PATIENT, USER))
    done = []

    def press(role, name):
        control = page.get_by_role(role, name=name).first
        control.focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        done.append(name)

    press.done = done
    return press


def test_a_report_is_sent_with_few_actions_and_arrives_once(page, actions, registry, looks_right):
    actions("link", OPEN)
    expect(page.get_by_role("heading", name="What leaves, in words")).to_be_visible()
    looks_right(page, "use")
    actions("button", "Send to Sandbox registry")
    assert len(actions.done) <= 4
    sent = page.locator("#sent")
    for _ in range(40):
        if "The receiver has taken it." in sent.inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(sent).to_contain_text("The receiver has taken it.")
    expect(page.get_by_role("button", name="Send to")).to_have_count(0)
    looks_right(page, "use-sent")
    page.goto(registry)
    expect(page.get_by_role("heading", name="Martinez, Elena")).to_have_count(1)
    expect(page.get_by_text("Not understood")).to_have_count(0)
    looks_right(page, "registry")


def test_each_gap_leads_to_the_field_that_fills_it(page, actions):
    actions("link", OPEN)
    actions("link", re.compile("Add ?: Side"))
    page.wait_for_url("**/primary-cancer/**")
    assert page.evaluate("document.activeElement.closest('fieldset').id") == "side"


def test_the_list_of_uses_is_readable(page, actions, looks_right):
    actions("link", "Uses")
    expect(page.get_by_role("heading", level=1)).to_have_text("Uses of the record")
    looks_right(page, "uses")
