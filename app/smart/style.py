"""The EHR's style (`smart_style_url`), as far as the pages stay readable with it.

SMART App Launch 2.2, "Scopes and Launch Context", styling. No text of the EHR is copied into the
style sheet: each value is parsed, and written anew.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from app.config import ROOT
from app.fhir.addresses import AddressRule
from app.fhir.places import Busy
from app.security import origin_of
from app.smart import colours
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.cache import ResponseCache
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.http import Refused, Web

logger = logging.getLogger(__name__)

# A page waits for its style sheets: it must not wait long for the EHR.
_PATIENCE_SECONDS = 3.0

_OWN_SHEET = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
# The app's own colours by name, as `#rrggbb`.
PALETTE = {
    name: found
    for name, colour in re.findall(r"--([\w-]+): (#\w+);", _OWN_SHEET)
    if (found := colours.read(colour))
}
_TONES = ("action", "danger", "warning", "good")
_TEXT, _GRAPHICS = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
_FAINT = 0.85  # the opacity of small print in answers
_LEAST_HUES_APART = 20.0
_ON_GROUNDS: tuple[tuple[str, str, float], ...] = (
    *((ink, ground, _TEXT) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "ground")),
    *(("ink", f"{tone}-ground", _TEXT) for tone in _TONES),
    *(("ink-3", f"{tone}-ground", _TEXT) for tone in ("danger", "warning")),
    *((tone, "paper", _TEXT) for tone in _TONES),
    *((tone, f"{tone}-ground", _TEXT) for tone in _TONES),
    *(("action", ground, _TEXT) for ground in ("ground", "danger-ground", "warning-ground")),
    ("paper", "action", _TEXT),
    ("paper", "action-deep", _TEXT),
    *(
        (mark, ground, _GRAPHICS)
        for mark in ("control", "danger")
        for ground in ("paper", "ground")
    ),
    ("ink", "focus", _GRAPHICS),
)

_LENGTH = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})(px|rem|em)|0")
_PIXELS_IN = {"px": 1, "rem": 16, "em": 16}
_OWN_FONT_SIZE = 14  # pixels: the least, and by which the app's own lengths are reckoned
_MOST_FONT_SIZE = 16
_OWN_CORNER, _MOST_CORNER = 6, 12
_LEAST_GAP, _MOST_GAP = 6, 14

_FAMILY = re.compile(r"""(["']?)([A-Za-z][A-Za-z0-9 _-]{0,39})\1""")
_GENERIC = {"sans-serif", "serif", "system-ui", "ui-sans-serif", "ui-serif", "ui-rounded"}
_HARD_TO_READ = {"cursive", "fantasy", "math", "emoji", "fangsong"}
_MOST_FAMILIES = 8
_OWN_FONTS = "system-ui, sans-serif"


class Styles:
    """Fetches each style at most once in a few minutes; one per app, for all threads."""

    def __init__(self, rule: AddressRule, timeout: float) -> None:
        """`timeout` is in seconds, for one response of an EHR; a style has 3 at most."""
        self._web = Web(rule, min(timeout, _PATIENCE_SECONDS))
        self._discovery = Discovery(self._web)
        self._cache = ResponseCache()

    def sheet(self, ehr: Ehr, address: str | None) -> str:
        """Return the style sheet of the style at `address`; empty if it cannot be used."""
        if address is None:
            return ""
        try:
            return self._cache.get(
                ehr.key, (ehr.issuer, address), lambda: self._fetch(ehr, address)
            )
        except Busy:
            return ""

    def _fetch(self, ehr: Ehr, address: str) -> str:
        try:
            if self._is_own(ehr, address):
                return sheet(self._web.get_json(address))
            reason = "it lies on another host"
        except Refused as refused:
            reason = str(refused)
        except EhrUnusable:
            reason = "the EHR does not say where its sign-in is"
        # The fault is cached as long as a style, so that not each page waits for it again.
        logger.warning("style of EHR %s not used: %s", ehr.key, reason)
        return ""

    def _is_own(self, ehr: Ehr, address: str) -> bool:
        """Tell whether `address` is on the host of the EHR's FHIR server or of its sign-in."""
        if not self._web.rule.allows(address):
            return False
        origin = origin_of(address)
        return origin == origin_of(ehr.issuer) or origin == origin_of(
            self._discovery.smart(ehr).authorization_endpoint
        )


def sheet(style: Mapping[str, Any]) -> str:
    """Return a style sheet with what can be used of an EHR's `style`; empty if nothing can.

    It is for screens only, and not if the user has forced colours.
    """
    changes = {**_colours(style), **_sizes(style), **_fonts(style)}
    if not changes:
        return ""
    lines = "".join(f"    {name}: {value};\n" for name, value in changes.items())
    return f"@media screen and (forced-colors: none) {{\n  :root {{\n{lines}  }}\n}}\n"


def _colours(style: Mapping[str, Any]) -> dict[str, str]:
    """Return the colours that change, without those that would make something hard to read.

    Each is tried on the palette with the ones before.
    """
    palette = PALETTE
    for key, name in (
        ("color_background", "ground"),
        ("color_text", "ink"),
        ("color_error", "danger"),
        ("color_success", "good"),
        ("color_highlight", "action"),
    ):
        colour = colours.read(style.get(key))
        if colour is not None and colour != palette[name]:
            tried = palette | _with_tints(name, colour)
            if _is_readable(tried):
                palette = tried
    return {f"--{name}": value for name, value in palette.items() if value != PALETTE[name]}


def _with_tints(name: str, colour: str) -> dict[str, str]:
    """Return a colour with those that are derived from it."""
    made = {name: colour}
    if name in _TONES:
        made[f"{name}-ground"] = colours.mix(colour, PALETTE["paper"], 0.07)
        made[f"{name}-line"] = colours.mix(colour, PALETTE["paper"], 0.4)
    if name == "action":
        made["action-deep"] = colours.mix(colour, "#000000", 0.75)
    return made


def _is_readable(palette: Mapping[str, str]) -> bool:
    """Tell whether all text and marks have contrast, and no tone can be taken for another."""
    return (
        all(colours.contrast(palette[a], palette[b]) >= least for a, b, least in _ON_GROUNDS)
        and all(
            colours.contrast(colours.mix(palette[text], palette[ground], _FAINT), palette[ground])
            >= _TEXT
            for text, ground in (("ink", "paper"), ("ink", "action-ground"))
        )
        and all(
            colours.hues_apart(palette[one], palette[other]) >= _LEAST_HUES_APART
            for at, one in enumerate(_TONES)
            for other in _TONES[at + 1 :]
        )
    )


def _sizes(style: Mapping[str, Any]) -> dict[str, str]:
    """Return the sizes that change, within limits that keep pages dense and legible."""
    changes = {}
    corner = _pixels(style.get("dim_border_radius"))
    if corner is not None and corner != _OWN_CORNER:
        changes["--corner"] = f"{min(corner, _MOST_CORNER):.4g}px"
    font = _pixels(style.get("dim_font_size"))
    if font is not None and font > _OWN_FONT_SIZE:
        # In per cent of the size that the user has set in the browser.
        changes["font-size"] = f"{min(font, _MOST_FONT_SIZE) / 16 * 100:.4g}%"
    gap = _pixels(style.get("dim_spacing_size"))
    if gap is not None and gap < _MOST_GAP:
        changes["--gap"] = f"{max(gap, _LEAST_GAP) / _OWN_FONT_SIZE:.3g}rem"
    return changes


def _pixels(value: object) -> float | None:
    """Return a length in pixels; None if it is no length, or too long for a page."""
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit = found.groups()
    pixels = float(number) * _PIXELS_IN[unit] if number else 0.0
    return pixels if pixels <= 64 else None


def _fonts(style: Mapping[str, Any]) -> dict[str, str]:
    """Return the fonts that change, each with the app's own as the fallback."""
    changes = {}
    body = _families(style.get("font_family_body")) or _OWN_FONTS
    heading = _families(style.get("font_family_heading")) or body
    if body != _OWN_FONTS:
        changes["--body-font"] = body
    if heading != body:
        changes["--heading-font"] = heading
    return changes


def _families(value: object) -> str | None:
    """Return the families of a list, quoted if not generic; None if one is no name."""
    if not isinstance(value, str):
        return None
    families = []
    for part in value.split(","):
        found = _FAMILY.fullmatch(part.strip(" "))
        if found is None or found[2].lower() in _HARD_TO_READ:
            return None
        name = found[2].rstrip(" ")
        families.append(name.lower() if name.lower() in _GENERIC else f'"{name}"')
    if len(families) > _MOST_FAMILIES:
        return None
    return ", ".join(dict.fromkeys([*families, *_OWN_FONTS.split(", ")]))
