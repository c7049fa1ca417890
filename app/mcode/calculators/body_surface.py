"""Body surface area from height and weight.

Sources: Mosteller RD, Simplified calculation of body-surface area, N Engl J Med 1987;317:1098.
DuBois D, DuBois EF, A formula to estimate the approximate surface area if height and weight be
known, Arch Intern Med 1916;17:863. Inches and avoirdupois pounds by their definition, 2.54 cm and
0.45359237 kg.
"""

from decimal import ROUND_HALF_UP, Decimal

CENTIMETERS = {
    "cm": Decimal(1),
    "m": Decimal(100),
    "mm": Decimal("0.1"),
    "[in_i]": Decimal("2.54"),
    "[ft_i]": Decimal("30.48"),
}
KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "[lb_av]": Decimal("0.45359237"),
    "[oz_av]": Decimal("0.028349523125"),
}
# Beyond these a number is a slip of the pen, or in another unit than it says.
_HEIGHTS = (Decimal(20), Decimal(260))
_WEIGHTS = (Decimal("0.3"), Decimal(450))
_HUNDREDTH = Decimal("0.01")


def centimeters(value: Decimal, unit: str) -> Decimal | None:
    """Return a height in cm; None in a unit (UCUM) that is no length, or beyond 20 to 260 cm."""
    return _within(value, CENTIMETERS.get(unit), _HEIGHTS)


def kilograms(value: Decimal, unit: str) -> Decimal | None:
    """Return a weight in kg; None in a unit (UCUM) that is no mass, or beyond 0.3 to 450 kg."""
    return _within(value, KILOGRAMS.get(unit), _WEIGHTS)


def mosteller(height: Decimal, weight: Decimal) -> Decimal:
    """Return the surface in m2, to hundredths: the root of cm times kg, a sixtieth of it."""
    return _rounded((height * weight / Decimal(3600)).sqrt())


def dubois(height: Decimal, weight: Decimal) -> Decimal:
    """Return the surface in m2, to hundredths: 0.007184 times cm^0.725 times kg^0.425."""
    return _rounded(Decimal("0.007184") * height ** Decimal("0.725") * weight ** Decimal("0.425"))


def body_mass_index(height: Decimal, weight: Decimal) -> Decimal:
    """Return kg over the square of the height in m, to tenths."""
    meters = height / 100
    return (weight / (meters * meters)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _within(
    value: Decimal, factor: Decimal | None, limits: tuple[Decimal, Decimal]
) -> Decimal | None:
    if factor is None or not value.is_finite():
        return None
    converted = value * factor
    return converted if limits[0] <= converted <= limits[1] else None


def _rounded(area: Decimal) -> Decimal:
    return area.quantize(_HUNDREDTH, ROUND_HALF_UP)
