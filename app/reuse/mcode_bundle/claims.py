"""Which profiles a copy of a resource claims: those that it conforms to, and no others."""

from dataclasses import dataclass
from functools import cache

from app.fhir.check import check_structure
from app.fhir.paths import is_subsetted, literal_reference, text
from app.fhir.types import Resource
from app.mcode.conformance import problems
from app.mcode.definitions import MCODE, name_of, profile_url, profiles
from app.mcode.definitions.shapes import short_name, without_version
from app.mcode.kinds import Kind
from app.mcode.profiles import STRUCTURES

FHIR = "FHIR R4"
_PATIENT = "cancer-patient"
# A resource claims a profile that can be made into instances; these two are only built upon.
_ABSTRACT = frozenset({"tnm-category", "cancer-risk-assessment"})
# What is a stage of a lymphoma is a cancer stage too: the narrower profile says both.
_NARROW_FIRST = {"lymphoma-stage": 0}


@dataclass(frozen=True)
class Fault:
    """What keeps the resource `reference` (`Type/id`) from the profile `profile`, as sentences.

    `profile` is its short name, FHIR for a resource that is no sound FHIR, or "mCODE" for one that
    mCODE has no profile for, though for others of its kind.
    """

    reference: str
    profile: str
    problems: tuple[str, ...]


def with_claims(resource: Resource, kind: Kind | None) -> tuple[Resource, list[Fault]]:
    """Return a copy that claims what it conforms to, and what keeps it from the rest.

    Added is the profile that mCODE has for the kind, unless the resource claims another one and
    meets it, or the EHR gave out only a part of it. Left
    out are claims of profiles that are compiled and not met, and of those that mCODE had once; of
    other profiles the app cannot tell, so these claims stay.
    """
    claimed = {url: name_of(without_version(url)) or "" for url in claims_of(resource)}
    names = profiles_for(resource, kind)
    unsound = tuple(check_structure(resource))
    tried = {
        name: unsound or tuple(problems(resource, name))
        for name in dict.fromkeys([*filter(None, claimed.values()), *names])
    }
    earlier = [url for url, name in claimed.items() if not name and url.startswith(STRUCTURES)]
    kept = [url for url, name in claimed.items() if not tried.get(name) and url not in earlier]
    fitting = [name for name in names if not tried[name]]
    if fitting and not is_subsetted(resource) and not any(claimed[url] for url in kept):
        kept.append(profile_url(fitting[0]))
    faulty = [name for name in tried if tried[name] and name in claimed.values()]
    if not fitting and not set(names).intersection(faulty):
        faulty += sorted(names, key=lambda name: len(tried[name]))[:1]
    found = {name: tried[name] for name in faulty}
    if unsound:
        found = {FHIR: unsound}
    elif kind in kinds_of_mcode() and not names:
        found["mCODE"] = (f"mCODE has no profile for {resource['resourceType']}",)
    found |= {short_name(url): ("is no profile of this release of mCODE",) for url in earlier}
    reference = literal_reference(resource) or ""
    return _claiming(resource, kept), [Fault(reference, *fault) for fault in found.items()]


def profiles_for(resource: Resource, kind: Kind | None) -> list[str]:
    """Return the names of mCODE's profiles for a resource of a kind, the narrowest first."""
    type_ = resource.get("resourceType")
    if type_ == "Patient":
        return [_PATIENT]
    names = _names(kind) if kind else {}
    found = [name for name, of_type in names.items() if of_type == type_]
    return sorted(found, key=lambda name: (_NARROW_FIRST.get(name, 1), name))


@cache
def kinds_of_mcode() -> frozenset[Kind]:
    """Return the kinds of cancer data that mCODE has a profile for."""
    return frozenset(kind for kind in Kind if _names(kind))


@cache
def _names(kind: Kind) -> dict[str, str]:
    """Return the names of mCODE's profiles for a kind, each with the type that it is of."""
    row = kind.row
    own = {short_name(profile.url): profile.type for profile in profiles(MCODE)}
    return {
        name: type_
        for name, type_ in own.items()
        if type_ in row.types and name not in _ABSTRACT
        if row.whole_type or row.is_claimed_by(name)
    }


def claims_of(resource: Resource) -> list[str]:
    """Return the addresses of the profiles that a resource claims."""
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    return [url for url in claimed if text(url)] if isinstance(claimed, list) else []


def _claiming(resource: Resource, urls: list[str]) -> Resource:
    """Return the resource with these claims; itself where it has them."""
    if urls == claims_of(resource):
        return resource
    meta = {**resource["meta"]} if isinstance(resource.get("meta"), dict) else {}
    meta.pop("profile", None)
    if urls:
        meta["profile"] = urls
    rest = {name: value for name, value in resource.items() if name != "meta"}
    type_, id_ = rest.pop("resourceType"), rest.pop("id")
    return {"resourceType": type_, "id": id_, **({"meta": meta} if meta else {}), **rest}
