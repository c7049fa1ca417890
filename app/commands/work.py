"""`oncoform work`: sends what the outbox holds, in a process of its own."""

import logging
import signal
from contextlib import closing
from threading import Event

import click

from app import config as settings
from app import logs
from app.reuse.outbox import open_post
from app.store import open_store

logger = logging.getLogger(__name__)


@click.command()
def work() -> None:
    """Send what the outbox holds to the receivers of the launch file, until SIGTERM or Ctrl-C.

    `serve` does so too, unless ONCOFORM_WORKER is off. Several may run at the same time.
    """
    values = settings.load()
    logs.configure(values["LOG_LEVEL"])
    ended = Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda _signal, _frame: ended.set())
    with closing(open_store(values)) as store:
        post = open_post(values, store)
        if not post.has_work:
            raise settings.ConfigError("The launch file has no receivers to send to.")
        post.start_worker(values)
        logger.info("sending to the receivers of the launch file")
        ended.wait()
        post.queue.stop()
