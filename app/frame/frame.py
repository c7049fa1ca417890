"""The frame around every page of a launch: whose chart, who is signed in, where one can go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.fhir.types import Resource
from app.frame.banner import Banner, make_banner


class Named(Protocol):
    """The EHR or the user: what the frame says of either is a name."""

    @property
    def name(self) -> str: ...


class OpenLaunch(Protocol):
    """The part of a launch that the frame shows."""

    @property
    def ehr(self) -> Named: ...
    @property
    def user(self) -> Named: ...
    @property
    def need_patient_banner(self) -> bool: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def can_refresh(self) -> bool: ...


# static/app.js warns at the same moment.
WARN_AT_SECONDS = 5 * 60


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    endpoint: str


TABS = (
    Tab("summary", "Summary", "summary.page"),
    Tab("forms", "Forms", "forms.index"),
    Tab("receipts", "My entries", "forms.receipts"),
)


@dataclass(frozen=True)
class Frame:
    """What layout.html prints; without an end of access, `seconds_left` is None."""

    banner: Banner
    need_patient_banner: bool
    user: str
    ehr: str
    seconds_left: int | None
    can_extend: bool
    active_tab: str
    tabs: tuple[Tab, ...] = TABS

    @property
    def minutes_left(self) -> int:
        """Minutes begun, so that the last of them still counts as one."""
        return -(-(self.seconds_left or 0) // 60)

    @property
    def is_ending(self) -> bool:
        return self.seconds_left is not None and self.seconds_left <= WARN_AT_SECONDS

    @property
    def warning(self) -> str:
        """What is said when access is about to end."""
        act = "Extend it now." if self.can_extend else "Save what is ready; drafts are kept."
        return f"Access to the chart ends within 5 minutes. {act}"


def make_frame(
    launch: OpenLaunch, patient: Resource, active_tab: str, now: datetime | None = None
) -> Frame:
    """Return the frame for a page of `launch` about `patient`; `active_tab` is a tab's key."""
    now = now or datetime.now(UTC)
    left = None
    if launch.expires_at:
        left = max(0, int((launch.expires_at - now).total_seconds()))
    return Frame(
        banner=make_banner(patient, now.date()),
        need_patient_banner=launch.need_patient_banner,
        user=launch.user.name,
        ehr=launch.ehr.name,
        seconds_left=left,
        can_extend=launch.can_refresh,
        active_tab=active_tab,
    )
