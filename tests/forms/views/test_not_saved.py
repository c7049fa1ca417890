"""The page of a save that is not complete prints what its presenter says, and all of it."""

import re

from app.forms._pages import save_views
from app.forms.ecog import Ecog
from tests.forms.outcomes import CASES


def test_the_page_prints_all_that_is_to_be_said(nancy, monkeypatch):
    review = nancy.review(Ecog)
    nancy.get(review)
    entry = re.search(r"ECOG performance status, .*?-20\d\d", nancy.words)[0]
    for name, (found, title, said, lists, actions) in CASES.items():
        monkeypatch.setattr(save_views, "save_draft", lambda *_, found=found, **_told: found)
        answer = nancy.save(review)
        assert answer.status_code == (found.error.status if found.error else 409), name
        assert f"<title>{title}" in re.sub(r"<title>\s*", "<title>", answer.text), name
        main = nancy.words.rpartition(title)[2]
        at = 0
        for text in (
            entry,
            *said,
            *(text for heading, lines in lists.items() for text in (heading, *lines)),
            "Your entry is kept as a draft.",
            *(action.label for action in actions),
        ):
            assert text in main[at:], (name, text, main)
            at = main.index(text, at) + len(text)
        closes = any(action.does == "close" for action in actions)
        assert answer.text.count('name="looked"') == closes, name
        assert answer.text.count('class="button primary"') == 1, name
