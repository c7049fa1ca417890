"""Check digits of code systems, by which a mistyped code is found."""

# The dihedral group of Verhoeff's scheme (SNOMED CT Release File Specifications, 5.5).
_PRODUCT = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_MOVES = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def verhoeff_holds(code: str) -> bool:
    """Tell whether the last digit of a SNOMED CT id fits the others."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_PRODUCT[check][int(_MOVES[place % 8][int(digit)])])
    return check == 0


def mod10_holds(code: str) -> bool:
    """Tell whether the last digit of a LOINC code fits the others (Luhn)."""
    digits = [int(digit) for digit in code.replace("-", "")]
    doubled = [
        digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
        for place, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0
