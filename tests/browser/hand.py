"""A person's hand at a form: every click and every key that it presses is counted."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass
class Hand:
    """Only it touches the page. To come to a box or a list is one key, as Tab is."""

    page: Page
    clicks: int = 0
    keys: int = 0

    @property
    def acts(self) -> int:
        return self.clicks + self.keys

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def choose(self, target: Locator) -> None:
        """Click on the words of a radio button or check box, which are the larger aim."""
        self.click(target.locator("xpath=ancestor::label"))

    def come_to(self, target: Locator) -> None:
        """Go to a control; what a text box holds is then selected, as Tab does it."""
        target.focus()
        if target.evaluate("e => e.tagName") != "SELECT":
            target.select_text()
        self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
        self.keys += times
