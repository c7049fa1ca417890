"""The kinds of field that forms are made of: WTForms fields that know where their answer stands."""

from app.forms._fields.base import Asked, FreeText, Option, Target
from app.forms._fields.choices import (
    CodedChecks,
    CodedRadio,
    CodedSelect,
    labelled_options,
    options_of,
)
from app.forms._fields.dates import DateBoxes, DateSpan
from app.forms._fields.lines import MomentLine, Positions, RatioOf, ShortText, WholeNumber
from app.forms._fields.numbers import Measure, Sizes
from app.forms._fields.search import CodedSearch, SearchMany, SearchOne

__all__ = [
    "Asked",
    "CodedChecks",
    "CodedRadio",
    "CodedSearch",
    "CodedSelect",
    "DateBoxes",
    "DateSpan",
    "FreeText",
    "Measure",
    "MomentLine",
    "Option",
    "Positions",
    "RatioOf",
    "SearchMany",
    "SearchOne",
    "ShortText",
    "Sizes",
    "Target",
    "WholeNumber",
    "labelled_options",
    "options_of",
]
