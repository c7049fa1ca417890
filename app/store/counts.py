"""How often a client has done something in a fixed one-minute window, over all app servers."""

from datetime import timedelta

from sqlalchemy.dialects import postgresql, sqlite

from app.store.database import Database, now
from app.store.models import CountRow
from app.store.owners import Owners

WINDOW_SECONDS = 60


class Counts:
    """A client is kept as a keyed digest only, for one window and until the next purge."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def add(self, act: str, client: str) -> int:
        """Count one more `act` of `client`; return how many there are in this window."""
        window, _ = divmod(int(now().timestamp()), WINDOW_SECONDS)
        row = {
            "bucket": self._owners.of("count", act, client, str(window)),
            "number": 1,
            "expires": now() + timedelta(seconds=WINDOW_SECONDS),
        }
        with self._database.writing() as session:
            dialects = {"sqlite": sqlite, "postgresql": postgresql}
            insert = dialects[session.get_bind().dialect.name].insert(CountRow)
            counted = insert.values(row).on_conflict_do_update(
                index_elements=[CountRow.bucket], set_={"number": CountRow.number + 1}
            )
            return int(session.execute(counted.returning(CountRow.number)).scalar_one())


def seconds_left() -> int:
    """Return in how many seconds the next window begins."""
    return WINDOW_SECONDS - int(now().timestamp()) % WINDOW_SECONDS
