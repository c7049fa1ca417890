"""The worker, run by a queue (huey): it wakes when a receiver has something due, and sends it.

A message holds the key of a receiver, no more. The queue may be lost at any moment, with all that
it schedules: each minute a worker looks into the outbox, which is the truth.
"""

import json
import logging
import threading
import time
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from huey.api import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer, ConsumerStopped, Scheduler
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.engine import URL, make_url

from app.errors import location_of
from app.fhir.places import Busy
from app.reuse.outbox.sender import LEASE, Sender
from app.store import Outbox, make_private
from app.store.database import connection_arguments

logger = logging.getLogger(__name__)
# It names every task that it runs, and prints the texts of exceptions.
logging.getLogger("huey").setLevel(logging.ERROR)

THREADS = 4
LOOK_AGAIN = 60
"""So many seconds after it was lost, or its worker was, a sending is found in the outbox."""

# Then the other receivers have their turn.
_MOST_AT_A_TIME = 20
_LONGEST_SLEEP = 1.0
_SECONDS_TO_END = 30.0
# Any number will do, as long as every app server takes the same.
_ADVISORY_LOCK = 7_410_264


class Queue:
    """The queue of one process: app servers put into it, workers are started by it."""

    def __init__(self, database_url: str, outbox: Outbox) -> None:
        """Nothing is opened before it is needed. A queue on SQLite has a file of its own."""
        self._url = make_url(database_url)
        self._outbox = outbox
        self._lock = threading.Lock()

    @cached_property
    def _huey(self) -> Huey:
        options: dict[str, Any] = {"results": False, "serializer": _Messages()}
        if self._url.get_backend_name() == "postgresql":
            return _on_postgresql(self._url, options)
        path = Path(self._url.database or "")
        path = path.with_name(f"{path.stem}-queue{path.suffix}")
        make_private(path)
        return SqliteHuey("oncoform", filename=str(path), timeout=10, **options)

    @cached_property
    def _task(self) -> Any:
        return self._huey.task(name="send")(self._work)

    def nudge(self, receiver: str) -> None:
        """Wake a worker for a receiver. A failure is logged: a worker finds it by itself, later."""
        try:
            with self._lock:
                task = self._task
            task(receiver)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the outbox has the sending
            logger.warning("no worker was woken: %s", type(error).__name__)

    def start(
        self, sender: Sender, *, lease: timedelta = LEASE, look_again: int = LOOK_AGAIN
    ) -> None:
        """Begin to send, in threads of this process."""
        self._sender, self._lease = sender, lease
        with self._lock:
            self._huey.periodic_task(lambda _moment: True, name="look")(self._look)
            # Each thread of a worker has a connection of its own to PostgreSQL.
            self._huey.on_shutdown(name="close")(self.close)
            _ = self._task
        self._consumer = _Consumer(
            self._huey,
            workers=THREADS,
            max_delay=_LONGEST_SLEEP,
            shutdown_timeout=_SECONDS_TO_END,
            look_again=look_again,
        )
        self._consumer.start()
        threading.Thread(target=self._consumer.watch, name="outbox", daemon=True).start()

    def stop(self) -> None:
        """Return when what is being sent has its answer, or after half a minute."""
        self._consumer.stop(graceful=True)
        self.close()

    def close(self) -> None:
        """Let go of this thread's connections to the queue, if there are any."""
        with self._lock:
            if "_huey" in self.__dict__:
                self._huey.storage.close()

    def _look(self) -> None:
        """Wake workers for all that is due: what the queue has lost, or a worker that is gone."""
        for receiver in self._outbox.receivers_due():
            self.nudge(receiver)

    def _work(self, receiver: str) -> None:
        """Send what is due at a receiver, unless enough others do that already.

        Who has sent the last looks once more: what came meanwhile woke nobody else.
        """
        try:
            while self._outbox.due(receiver, 1):
                with self._sender.place_at(receiver):
                    attempts = self._send_due(receiver)
                if attempts >= _MOST_AT_A_TIME:
                    self.nudge(receiver)
                    return
                if not attempts:
                    return
        except Busy:
            return
        except Exception as error:  # noqa: BLE001 -- it is tried again when somebody looks
            logger.error(  # noqa: TRY400 -- the text may name a row
                "the worker failed: %s at %s", type(error).__name__, location_of(error)
            )

    def _send_due(self, receiver: str) -> int:
        """Send what is due; return how many attempts that were."""
        attempts = 0
        for sending_id in self._outbox.due(receiver, 10 * _MOST_AT_A_TIME):
            if attempts >= _MOST_AT_A_TIME:
                break
            attempts += self._send(sending_id)
        return attempts

    def _send(self, sending_id: str) -> bool:
        """Send once, if it is due and nobody else sends it; return whether there was an attempt."""
        try:
            claimed = self._outbox.claim(sending_id, self._lease)
        except Exception as error:  # noqa: BLE001 -- it stays as it is, and others are sent
            logger.critical("a sending cannot be sent: %s", type(error).__name__)
            return False
        if claimed is None:
            return False
        settled = self._outbox.settle(claimed, self._sender.send(claimed))
        if settled and settled.next_attempt:
            self._task.schedule((settled.receiver,), eta=settled.next_attempt)
        return True


class _Messages(Serializer):
    """Messages as JSON: pickle, huey's own way, would run whatever stands in the database."""

    def _serialize(self, data: Message) -> bytes:
        eta = data.eta and data.eta.isoformat()
        return json.dumps([data.id, data.name, eta, *data.args]).encode()

    def _deserialize(self, data: Any) -> Message:
        id_, name, eta, *args = json.loads(bytes(data))
        return Message(id_, name, eta and datetime.fromisoformat(eta), args=args, kwargs={})  # type: ignore[call-arg]  # it has defaults


class _Consumer(Consumer):
    """A consumer that leaves the signals of the process to the process."""

    def __init__(self, huey: Huey, *, look_again: int, **options: Any) -> None:
        """`look_again` is after how many seconds the periodic task runs again."""
        self._look_again = look_again
        super().__init__(huey, **options)

    def _create_scheduler(self) -> Scheduler:
        scheduler: Scheduler = super()._create_scheduler()
        scheduler.periodic_task_seconds = self._look_again
        return scheduler

    def _set_signal_handlers(self) -> None:
        pass

    def watch(self) -> None:
        """Replace threads that have died, until the consumer is stopped."""
        looked = time.monotonic()
        try:
            while True:
                looked = self.loop(looked)
        except ConsumerStopped:
            return


def _on_postgresql(url: URL, options: dict[str, Any]) -> Huey:
    """Return a queue in the app's own database, whose tables are made once."""
    import psycopg  # noqa: PLC0415 -- only PostgreSQL needs the package

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def connected() -> "psycopg.Connection[Any]":
        return psycopg.connect(address, **connection_arguments(url))

    with connected() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        found = connection.execute("SELECT to_regclass('huey_counter')").fetchone()
        missing = found is None or found[0] is None
        return PostgresHuey("oncoform", connection=connected, create_tables=missing, **options)
