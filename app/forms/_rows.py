"""Questions that are asked several times over: numbered rows, each one item of a list.

A row's fields have its number in their names: "dose-2". The first row is in sight, each further one
is behind its title. A row that is emptied takes its item away; the others stay as they are.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.fhir.types import Resource
from app.forms._answers import Reference, is_given
from app.forms._definition import EntryForm, Fold, Layout, Part, Subject
from app.forms._elements.paths import Where, drop
from app.forms._fields.base import Asked

Names = tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Up to `count` items to which `way` leads, each with the fields that `make` gives it.

    `make` is handed the row's number, from 1, and returns fields by their names without it.
    `layout` has these names as they stand on the page.
    """

    title: str
    way: Where
    count: int
    layout: Layout
    make: Callable[[int], Mapping[str, Asked[Any]]]

    @property
    def numbers(self) -> range:
        """The numbers of the rows."""
        return range(1, self.count + 1)

    @property
    def page(self) -> Layout:
        """The rows as a form's `rows` has them."""
        further = [
            Fold(f"{self.title} {number}", tuple(self._flat(number)))
            for number in self.numbers
            if number > 1
        ]
        return (*self._numbered(1), *further)

    def names(self, number: int) -> list[str]:
        """Return the names of a row's fields."""
        return [name for row in self._flat(number) for name in row]

    def is_filled(self, form: EntryForm, number: int) -> bool:
        """Tell whether a row has an answer."""
        return any(form.asked[name].is_answered for name in self.names(number))

    def repeats(self, form: EntryForm, name: str, thing: str) -> Iterator[tuple[str, str]]:
        """Yield (field, sentence) for rows whose field `name` refers to what a row above does.

        `thing` is what is referred to: "volume".
        """
        above: set[Reference] = set()
        for field in (f"{name}-{number}" for number in self.numbers):
            chosen = form[field].data
            if chosen in above:
                display = form.display(field)
                yield field, f"Choose another {thing}: {display} is above already"
            elif isinstance(chosen, Reference):
                above.add(chosen)

    def beyond(self, resource: Resource) -> int:
        """Return how many of a resource's items have no row."""
        return max(0, len(self.way.fitting(resource)) - self.count)

    def _flat(self, number: int) -> Iterator[Names]:
        for row in self._numbered(number):
            yield from row.rows if isinstance(row, Fold) else (row,)

    def _numbered(self, number: int) -> Iterator[Names | Fold]:
        for row in self.layout:
            if isinstance(row, Fold):
                yield Fold(row.title, tuple(_with(number, names) for names in row.rows))
            else:
                yield _with(number, row)


def _with(number: int, names: Names) -> Names:
    return tuple(f"{name}-{number}" for name in names)


class RowsForm(EntryForm):
    """Base of a form with numbered rows, all in its main part."""

    repeated: ClassVar[tuple[Rows, ...]] = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        for rows in cls.repeated:
            for number in rows.numbers:
                for name, item in rows.make(number).items():
                    setattr(cls, f"{name}-{number}", item)

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers; then take away the items of rows that were emptied."""
        if part != self.parts[-1]:
            super().fill(resource, part, unchanged)
            return
        held = self.load({part.key: resource}).items()
        given = {name for name, answer in held if is_given(answer)}
        before = [len(rows.way.fitting(resource)) for rows in self.repeated]
        self.fill_main(resource, part, unchanged)
        for rows, count in zip(self.repeated, before, strict=True):
            # What no field could read stays: the person has not seen it, let alone removed it.
            emptied = [
                item
                for number, item in zip(rows.numbers, rows.way.fitting(resource), strict=False)
                if not rows.is_filled(self, number)
                and (number > count or given.intersection(rows.names(number)))
            ]
            if emptied:
                drop(resource, rows.way.name, emptied)

    def fill_main(self, resource: Resource, part: Part, unchanged: Collection[str]) -> None:
        """Write the answers into the main part."""
        super().fill(resource, part, unchanged)

    def notices(self, subject: Subject) -> list[str]:
        """Say how much the chart holds beyond the rows."""
        main = subject.originals.get(self.parts[-1].key, {})
        return super().notices(subject) + [
            f"The chart holds more of “{rows.title}” than the {rows.count} below: "
            f"{rows.beyond(main)} further. What is not shown stays as it is."
            for rows in self.repeated
            if rows.beyond(main)
        ]
