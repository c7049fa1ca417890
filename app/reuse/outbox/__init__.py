"""The outbox: what a user confirmed leaves through here, sent by a worker until its fate is known.

`app.extensions["outbox"]` is the Post of an app. docs/outbox.md tells the whole of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask

from app.config import ConfigError
from app.reuse.outbox.queue import Queue
from app.reuse.outbox.sender import Sender
from app.reuse.product import all_products
from app.reuse.receivers import Receivers, load_receivers
from app.store import Event, Outgoing, Sending, Store


@dataclass(frozen=True)
class Post:
    """The receivers of the launch file, the store that holds what goes to them, and the queue."""

    receivers: Receivers
    store: Store
    queue: Queue

    @property
    def has_work(self) -> bool:
        """Whether a worker is needed: also for what waits for a receiver that was taken out."""
        return bool(self.receivers) or bool(self.store.outbox.receivers_due())

    def send(self, owner: str, outgoing: Outgoing, by: Event) -> Sending:
        """Queue what a user has confirmed, and wake a worker for it; see `Outbox.queue`."""
        sending = self.store.outbox.queue(owner, outgoing, by)
        self.queue.nudge(sending.receiver)
        return sending

    def send_again(self, owner: str, sending_id: str, by: Event) -> Sending | None:
        """Try once more what is unknown, and wake a worker for it; see `Outbox.ask_again`."""
        sending = self.store.outbox.ask_again(owner, sending_id, by)
        if sending is not None:
            self.queue.nudge(sending.receiver)
        return sending

    def start_worker(self, settings: Mapping[str, Any]) -> None:
        """Send from this process, until `queue.stop()`; `settings` are those of app.config."""
        sender = Sender(
            self.receivers,
            {slug: product.interpret for slug, product in all_products().items()},
            demo=settings["DEMO"],
            timeout=settings["HTTP_TIMEOUT"],
            limit=timedelta(hours=settings["SENDING_HOURS"]),
        )
        self.queue.start(sender)


def open_post(settings: Mapping[str, Any], store: Store) -> Post:
    """Return the post for these settings; raises ConfigError for a receiver that cannot be used."""
    receivers = load_receivers(settings["LAUNCH_FILE"], demo=settings["DEMO"])
    for receiver in receivers:
        if receiver.product not in all_products():
            raise ConfigError(
                f"{receiver.key}: there is no product {receiver.product}; "
                f"there are {', '.join(all_products())}."
            )
    return Post(receivers, store, Queue(settings["DATABASE_URL"], store.outbox))


def init_app(app: Flask) -> Post:
    """Give `app`, which has its store, its post; nothing is sent before a worker starts."""
    post = open_post(app.config, app.extensions["store"])
    app.extensions["outbox"] = post
    return post
