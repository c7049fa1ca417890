"""The kinds of field that forms are made of: WTForms fields that know their place in a resource."""

from __future__ import annotations

from app.forms._fields.answers import CodedChecks, CodedRadio, CodedSelect
from app.forms._fields.base import Asked, Option, Place
from app.forms._fields.dates import DateSpan, PartialDate
from app.forms._fields.numbers import Measure, RatioOf, WholeNumber
from app.forms._fields.search import CodedSearch
from app.forms._fields.sizes import Sizes
from app.forms._fields.texts import FreeText, ShortText

__all__ = [
    "Asked",
    "CodedChecks",
    "CodedRadio",
    "CodedSearch",
    "CodedSelect",
    "DateSpan",
    "FreeText",
    "Measure",
    "Option",
    "PartialDate",
    "Place",
    "RatioOf",
    "ShortText",
    "Sizes",
    "WholeNumber",
]
