"""Colours of a style sheet: parsing, mixing, contrast and distance."""

import colorsys
import re

_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_NUMBER = r" {0,4}([0-9]{1,3}) {0,4}"
_RGB = re.compile(rf"rgb\((?:{_NUMBER},{_NUMBER},{_NUMBER}|{_NUMBER} {_NUMBER} {_NUMBER})\)")

# Below this a colour is a grey, and its hue means nothing.
_LEAST_SATURATION = 0.15


def read(value: object) -> str | None:
    """Return a colour as `#rrggbb`, of `#rgb`, `#rrggbb` or `rgb()`; None for anything else."""
    if not isinstance(value, str):
        return None
    if _HEX.fullmatch(value):
        digits = value[1:].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    if found := _RGB.fullmatch(value):
        channels = [int(number) for number in found.groups() if number is not None]
        if max(channels) <= 255:
            return "#" + "".join(f"{channel:02x}" for channel in channels)
    return None


def mix(one: str, other: str, share: float) -> str:
    """Return the colour that has `share` of `one`, the rest of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (a * share + b * (1 - share))):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21: WCAG 2.2, "contrast ratio"."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def hues_apart(one: str, other: str) -> float:
    """Return by how many degrees two hues differ, 0 to 180; greys are far from all but greys."""
    (hue, _, saturation), (hue_2, _, saturation_2) = _hls(one), _hls(other)
    grey, grey_2 = saturation < _LEAST_SATURATION, saturation_2 < _LEAST_SATURATION
    if grey or grey_2:
        return 0.0 if grey and grey_2 else 180.0
    apart = abs(hue - hue_2)
    return 360 * min(apart, 1 - apart)


def _hls(colour: str) -> tuple[float, float, float]:
    red, green, blue = _channels(colour)
    return colorsys.rgb_to_hls(red, green, blue)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
