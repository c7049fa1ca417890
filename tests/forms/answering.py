"""Answers as values, in few words."""

from decimal import Decimal

from app.fhir.quantity import Quantity
from app.forms._answers import Lengths, Moment, PartialDate, TimeSpan


def day(text):
    """Return a date of any precision: "2026-03"."""
    return PartialDate.of(text)


def span(start, end=None):
    """Return the time from one date to another."""
    return TimeSpan(day(start), day(end))


def amount(digits, unit="", comparator=""):
    """Return a quantity with just these digits."""
    return Quantity(Decimal(digits), unit, comparator)


def lengths(*digits, unit):
    """Return the dimensions of one thing."""
    return Lengths(tuple(amount(each, unit) for each in digits))


def moment(date, clock, zone):
    """Return a moment of a day."""
    return Moment(day(date), clock, zone)
