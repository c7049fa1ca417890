"""What people said of diagnoses: which Conditions of a chart are one cancer, and which are not.

FHIR R4 has a resource for it, Linkage, which EHRs neither take nor show: so it is kept here, for
all who open the chart, until somebody takes it back.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.errors import AppError
from app.store.database import Database, now
from app.store.models import DecisionRow
from app.store.owners import Owners

# Far more than a chart has diagnoses; what would fill the store is a script.
MOST = 200


class TooManyDecisions(AppError, status=409, title="Too much was said of these diagnoses"):
    """A chart has as many decisions as are kept."""


@dataclass(frozen=True)
class Decision:
    """That the Condition `one` and the `others` (`Condition/id`) are the `same` cancer, or not.

    `by` is the name of who said it.
    """

    id: str
    one: str
    others: tuple[str, ...]
    same: bool
    by: str
    at: datetime


class Decisions:
    """Each belongs to a `chart`: the parts that tell it, such as issuer and patient id."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def list(self, chart: Sequence[str]) -> list[Decision]:
        """Return all of a chart, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(DecisionRow)
                .where(DecisionRow.chart == self._digest(chart))
                .order_by(DecisionRow.created, DecisionRow.id)
            )
            return [_decision(row) for row in rows]

    def add(
        self, chart: Sequence[str], one: str, others: Sequence[str], *, same: bool, by: str
    ) -> Decision:
        """Keep what somebody said; raises TooManyDecisions."""
        digest = self._digest(chart)
        row = DecisionRow(
            id=secrets.token_urlsafe(16),
            chart=digest,
            data={"one": one, "others": list(others), "same": same, "by": by},
            created=now(),
        )
        with self._database.writing() as session:
            number = select(func.count()).where(DecisionRow.chart == digest)
            if session.scalars(number).one() >= MOST:
                raise TooManyDecisions("Take back what no longer holds, on the summary.")
            session.add(row)
        return _decision(row)

    def get(self, chart: Sequence[str], decision_id: str) -> Decision | None:
        """Return the decision if it is of this chart."""
        return next((one for one in self.list(chart) if one.id == decision_id), None)

    def take_back(self, chart: Sequence[str], decision_id: str) -> None:
        """Forget a decision; the audit trail keeps that there was one."""
        with self._database.writing() as session:
            wanted = select(DecisionRow).where(
                DecisionRow.chart == self._digest(chart), DecisionRow.id == decision_id
            )
            if row := session.scalar(wanted):
                session.delete(row)

    def _digest(self, chart: Sequence[str]) -> str:
        return self._owners.of("decisions", *chart)


def _decision(row: DecisionRow) -> Decision:
    said = row.data
    return Decision(row.id, said["one"], (*said["others"],), said["same"], said["by"], row.created)
