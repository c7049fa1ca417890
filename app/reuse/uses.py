"""The uses of a record: each product, about each cancer or the whole, and how ready it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from app.formatting import join
from app.frame.frame import UseLine
from app.mcode.model import CancerRecord, PrimaryCancer
from app.reuse.product import Product, all_products
from app.reuse.readiness import Facts, Finding, readiness
from app.reuse.receivers import Receiver, Receivers

_MOST_LINES = 12
WHOLE = "record"
"""Stands where the id of a cancer would, for a product that is made of the whole record."""


@dataclass(frozen=True)
class Use:
    """One product about one cancer or the whole record, and how ready the record is for it."""

    product: Product
    receiver: Receiver | None
    cancer: PrimaryCancer | None
    facts: Facts = field(repr=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the record has and lacks for it."""
        return readiness(self.product.needs, self.facts, self.cancer)

    @property
    def title(self) -> str:
        """Return the name of the cancer, empty for the whole record."""
        return self.facts.record.cancer_names[self.cancer.id] if self.cancer else ""

    @property
    def key(self) -> str:
        """Return what the address names beside the cancer: the receiver, or the product."""
        return self.receiver.key if self.receiver else self.product.slug

    @property
    def name(self) -> str:
        """Return what the use is called."""
        return join([self.product.title, self.receiver.name if self.receiver else ""], ": ")

    @property
    def about(self) -> str:
        """Return what the address names."""
        return self.cancer.id if self.cancer else WHOLE

    @property
    def met(self) -> list[Finding]:
        """Return what is there."""
        return [one for one in self.findings if one.is_met]

    def lacking(self, level: str) -> list[Finding]:
        """Return what is missing of the needs of a level."""
        return [one for one in self.findings if one.need.level == level and not one.is_met]

    @property
    def summary(self) -> str:
        """Return in words how much of what is needed is there."""
        required, expected = len(self.lacking("required")), len(self.lacking("expected"))
        told = f"{required} required missing" if required else "All that is required is there"
        return join([told, f"{expected} expected missing" if expected else ""], ", ")


def uses_of(record: CancerRecord, receivers: Receivers, ehr: str) -> list[Use]:
    """Return all uses of a record of an EHR: of each product, by receiver, about each cancer."""
    facts = Facts(record)
    return [
        Use(product, receiver, cancer, facts)
        for product in all_products().values()
        for receiver in _receivers(product, receivers, ehr)
        for cancer in (record.primaries if product.per_cancer else (None,))
    ]


def _receivers(product: Product, receivers: Receivers, ehr: str) -> Iterable[Receiver | None]:
    return receivers.of_product(product.slug, ehr) if product.for_receivers else (None,)


def use_lines(record: CancerRecord, receivers: Receivers, ehr: str) -> Iterator[UseLine]:
    """Yield a line for each use, of many for some: the list of uses has all."""
    for use in uses_of(record, receivers, ehr)[:_MOST_LINES]:
        values = {"key": use.key, "about": use.about}
        yield UseLine(use.name, use.title, use.summary, values)
