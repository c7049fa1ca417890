"""What answers need at least, and entering them into the form of a page.

A person is taken to click on what is seen, and to use the keyboard for what is typed: to come to a
box or a list is one key, each character another. What an answer needs is counted from the answer
and from nothing that the page does:

- a radio button or check box: 1
- a drop-down list: 1 to come to it, and the letters that tell the answer from the others
- a number, a date, words: for each box 1 to come to it, and its characters; months as numbers
- a code that is searched: 1 to come to the box, the characters of the code, 1 to choose it; 1 alone
  where it is offered without a search
- what no list has: 1 to open the boxes for it, then as words
- what is seldom asked, and therefore behind a fold or "more answers": 1 more for opening that
- what the form holds already when it is opened, since the chart told it: nothing
"""

from collections.abc import Iterable, Iterator, Mapping

from playwright.sync_api import Locator, Page
from werkzeug.datastructures import MultiDict

from app.forms._definition import EntryForm, Fold
from app.forms._fields.base import Asked
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.forms._fields.search import CodedSearch
from tests.browser.hand import Hand
from tests.forms.sending import inputs

Held = Mapping[str, set[str]]
_FORM_DATA = "form => [...new FormData(form).entries()].map(([name, value]) => [name, `${value}`])"
_OPTIONS = """all => all.filter(e => getComputedStyle(e).display !== "none")
    .map(e => [e.value, e.textContent.trim().replace(/\\s+/g, " ")])"""
_WAIT = 10_000


def need(form: EntryForm, answers: Mapping[str, str], held: Held) -> int:
    """Return how many clicks and keys the answers need beside what a form holds already."""
    open_ = {name: value for name, value in answers.items() if held[name] != lines(value)}
    folds = [entry for entry in form.rows if isinstance(entry, Fold)]
    return sum(_needs(form.asked[name], value, held[name]) for name, value in open_.items()) + sum(
        any(name in open_ for name in names) and not any(any(held[name]) for name in names)
        for names in ([name for row in fold.rows for name in row] for fold in folds)
    )


def lines(value: str) -> set[str]:
    """Return the answers of a field that may have several, one a line."""
    return set(value.split("\n"))


def _needs(item: Asked, value: str, held: set[str]) -> int:
    match item:
        case CodedRadio():
            return 1 + any(option.folded for option in item.options if option.text == value)
        case CodedChecks():
            return len(lines(value) ^ held - {""})
        case CodedSelect():
            return _select_needs([(o.text, o.label) for o in item.options], value)
        case CodedSearch():
            return sum(_search_needs(item, key) for key in lines(value) - held)
    texts = dict(inputs(item, value))
    if texts.get(f"{item.name}-unit") in {unit.code for unit in getattr(item, "units", ())[:1]}:
        # The first unit is the one that stands there.
        del texts[f"{item.name}-unit"]
    return sum(1 + len(text) for text in texts.values() if text)


def _select_needs(options: Iterable[tuple[str, str]], value: str) -> int:
    """Return how many keys an answer of a list needs; one that begins others may need steps too."""
    labels = {own: " ".join(label.split()).casefold() for own, label in options}
    label = labels[value]
    for length in range(1, len(label)):
        if sum(other.startswith(label[:length]) for other in labels.values()) == 1:
            return 1 + length
    return 1 + len(label) + sum(other.startswith(label) for other in labels.values()) - 1


def _search_needs(item: CodedSearch, key: str) -> int:
    if key in {option.text for option in item.suggested}:
        return 1
    if item.concepts.find(key):
        return 1 + len(key.split("|")[1]) + 1
    system, code, words = key.split("|")
    first = item.systems[0][0] if item.systems else ""
    of_system = _select_needs(item.systems, system) if system not in {"", first} else 0
    return 1 + of_system + sum(1 + len(text) for text in (code, words) if text)


class Entry:
    """One form of a page, and the hand that fills it in."""

    def __init__(self, page: Page, hand: Hand, form: EntryForm) -> None:
        self.page, self.hand, self.form = page, hand, form
        self._entry = page.locator("#entry")

    def held(self) -> Held:
        """Return what the page would send now, field by field."""
        sent: dict[str, str] = {}
        for input_name, value in self._entry.evaluate(_FORM_DATA):
            sent[input_name] = f"{sent[input_name]}\n{value}" if input_name in sent else value
        form = type(self.form)()
        form.process(MultiDict(sent))
        return {name: lines(item.text) for name, item in form.asked.items()}

    def answer(self, name: str, value: str) -> None:
        """Give one field its answer, as far as it does not have it already."""
        item, held = self.form.asked[name], self.held()[name]
        if held == lines(value):
            return
        if isinstance(item, CodedSearch):
            for key in (key for key in value.split("\n") if key not in held):
                self._search(item, key)
            return
        for input_name, text in inputs(item, value).items():
            self._give(input_name, text)

    def _give(self, name: str, text: str) -> None:
        control = self._entry.locator(f"[name='{name}']")
        # A unit that stands fixed beside its box has no control.
        kind = control.first.evaluate("e => e.type") if control.count() else "hidden"
        match kind:
            case "hidden":
                return
            case "radio":
                self._tick(control, [text])
            case "checkbox":
                boxes = [(b.get_attribute("value"), b.is_checked()) for b in control.all()]
                self._tick(control, [v for v, on in boxes if on != (v in lines(text))])
            case "select-one":
                self._select(control, text)
            case _:
                if control.input_value() != text:
                    self._open(control)
                    self.hand.come_to(control)
                    self.hand.type(text)

    def _tick(self, control: Locator, values: Iterable[str | None]) -> None:
        for value in values:
            wanted = control.and_(self.page.locator(f"[value='{value}']"))
            self._open(wanted)
            self.hand.choose(wanted)

    def _select(self, control: Locator, value: str) -> None:
        held = control.input_value()
        if held == value:
            return
        self._open(control)
        options = control.locator("option").evaluate_all(_OPTIONS)
        letters, steps = _way(options, value, held)
        self.hand.come_to(control)
        self.hand.type(letters)
        self.hand.press("ArrowDown" if steps > 0 else "ArrowUp", abs(steps))
        assert control.input_value() == value

    def _search(self, item: CodedSearch, key: str) -> None:
        offered = self._entry.locator(f"[data-chosen] [name='{item.name}'][value='{key}']")
        if offered.count():
            self._open(offered)
            self.hand.choose(offered)
        elif item.concepts.find(key):
            find = self._entry.locator(f"#{item.name}")
            self._open(find)
            self.hand.come_to(find)
            self.hand.type(next(_beginnings(item, key)))
            hit = self._entry.locator(f"#{item.name}-hits [value='{key}']")
            hit.wait_for(state="attached", timeout=_WAIT)
            self.hand.choose(hit)
        else:
            endings = dict(zip(("system", "code", "words"), key.split("|"), strict=True))
            self._open(self._entry.locator(f"[name='{item.name}-words']"))
            for ending, text in endings.items():
                if text:
                    self._give(f"{item.name}-{ending}", text)

    def _open(self, control: Locator) -> None:
        """Open the folds that a control is behind, the outer one first."""
        for fold in control.first.locator("xpath=ancestor::details[not(@open)]").all():
            self.hand.click(fold.locator("summary").first)


def _way(options: list[tuple[str, str]], value: str, held: str) -> tuple[str, int]:
    """Return the letters, and the steps after them, that lead to an option with the fewest keys.

    A browser looks from what is chosen on: at the first letter beyond it, at others from it.
    """
    values = [own for own, _ in options]
    place, at = values.index(value), values.index(held)
    words = options[place][1]
    ways = [("", place - at)]
    for length in range(1, len(words) + 1):
        start = at + (length == 1)
        order = [*range(start, len(options)), *range(start)]
        fitting = words[:length].casefold()
        at = next(i for i in order if options[i][1].casefold().startswith(fitting))
        ways.append((words[:length], place - at))
    return min(ways, key=lambda way: len(way[0]) + abs(way[1]))


def _beginnings(item: CodedSearch, key: str) -> Iterator[str]:
    """Yield what may be typed to find a concept, the shortest first: its words, or its code."""
    concept = item.concepts.find(key)
    assert concept
    texts = (concept.display, concept.code)
    for length in range(2, max(map(len, texts)) + 1):
        for text in texts:
            if length <= len(text) and key in {hit.text for hit in item.hits(text[:length])}:
                yield text[:length]
