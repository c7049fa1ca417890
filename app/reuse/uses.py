"""The uses of a record: each product, about each cancer or the whole, and how ready it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.formatting import join
from app.frame.frame import UseLine
from app.mcode.model import CancerRecord, PrimaryCancer
from app.reuse.product import Product, all_products
from app.reuse.readiness import Finding, readiness

WHOLE = "record"
"""Stands where the id of a cancer would, for a product that is made of the whole record."""


@dataclass(frozen=True)
class Use:
    """One product about one cancer or the whole record, and how ready the record is for it."""

    product: Product
    cancer: PrimaryCancer | None
    title: str
    findings: tuple[Finding, ...]

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


def uses_of(product: Product, record: CancerRecord) -> list[Use]:
    """Return the uses of a product: for each cancer, or one for the whole record."""
    if not product.per_cancer:
        return [Use(product, None, "", readiness(product.needs, record, None))]
    return [
        Use(
            product,
            cancer,
            record.cancer_names[cancer.id],
            readiness(product.needs, record, cancer),
        )
        for cancer in record.primaries
    ]


def use_lines(record: CancerRecord) -> Iterator[UseLine]:
    """Yield a line for each use."""
    for product in all_products().values():
        for use in uses_of(product, record):
            values = {"slug": product.slug, "about": use.about}
            yield UseLine(product.title, use.title, use.summary, values)
