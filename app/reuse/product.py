"""What a product is, and which there are: each folder of this package with a `product.py` is one.

A product's folder has what it needs of a record (`needs.json`) beside what builds it.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.fhir.session import FhirSession
from app.mcode.model import CancerRecord, PrimaryCancer
from app.reuse.fate import Interpret, fate_of
from app.reuse.needs import Need
from app.reuse.receivers import Receiver
from app.store import Sending


@dataclass(frozen=True)
class File:
    """What a product hands out: the end of its name, its media type, and its content."""

    name: str
    media_type: str
    content: bytes

    @property
    def size(self) -> str:
        """Return its size in words."""
        return f"{max(1, round(len(self.content) / 1000)):,} kB"


@dataclass(frozen=True)
class Note:
    """What has to be known of a product: `says` of the record `reference` (`Type/id`, or none)."""

    says: str
    reference: str = ""


@dataclass(frozen=True)
class Letter:
    """What leaves for a receiver, as a POST of `body` to its address and `path`.

    `key` is the idempotency key. `told` is kept with the sending, for the next one of the same use
    (`Source.earlier`). `replaces` tells whether it takes the place of an earlier one. With a
    `hindrance` nothing is sent: it says why, as a sentence.
    """

    key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    path: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    replaces: bool = False
    hindrance: str = ""


@dataclass(frozen=True)
class Made:
    """A product made of a record; `notes` say what of the record is not in it, or otherwise.

    `document` is all of it for people, as XHTML of the app's own making.
    """

    files: tuple[File, ...]
    notes: tuple[Note, ...] = ()
    document: str = ""
    letter: Letter | None = None


@dataclass(frozen=True)
class Source:
    """What a product is made of: the record, or one `cancer` of it, as it was read `at` a moment.

    `session` reads what the record refers to and was not read yet. `receiver` is for whom it is
    made; `earlier` is what this receiver has got of it, the newest first.
    """

    record: CancerRecord
    cancer: PrimaryCancer | None
    at: datetime
    session: FhirSession
    receiver: Receiver | None = None
    earlier: tuple[Sending, ...] = ()


@dataclass(frozen=True)
class Product:
    """One use of the record, made `per_cancer` or once of the whole.

    `purpose` says in a sentence what it is for and who receives it. One `for_receivers` is made for
    each receiver of the launch file that takes it, and for nobody else; `interpret` reads their
    answers, where those say more, or otherwise, than their status.
    """

    slug: str
    title: str
    purpose: str
    per_cancer: bool
    needs: tuple[Need, ...]
    make: Callable[[Source], Made]
    for_receivers: bool = False
    interpret: Interpret = fate_of


@cache
def all_products() -> dict[str, Product]:
    """Return the products by slug, in the order of their titles."""
    folder = Path(__file__).parent
    found = [
        importlib.import_module(f"{__package__}.{module.name}.product").PRODUCT
        for module in pkgutil.iter_modules([str(folder)])
        if (folder / module.name / "product.py").exists()
    ]
    return {product.slug: product for product in sorted(found, key=lambda each: each.title)}
