"""An app or a worker that is killed at one point of a sending; run as a process of its own."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from app.reuse.outbox import queue, sender
from app.store import Event, Outbox, Store
from app.store.audit import Audit
from tests.reuse.outbox import posting


def die(*_arguments: Any) -> NoReturn:
    """End this process as the kernel does: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def die_after(owner: Any, name: str) -> None:
    real = getattr(owner, name)

    def call(*arguments: Any, **named: Any) -> NoReturn:
        real(*arguments, **named)
        die()

    setattr(owner, name, call)


def die_before_commit(event_type: str) -> None:
    """Die in the transaction that records such an event, with everything done but its end."""
    real = Audit.add

    def add(self: Audit, event: Event, within: Any = None) -> None:
        real(self, event, within)
        if event.type == event_type:
            within.flush()
            die()

    Audit.add = add  # type: ignore[method-assign]


APP: dict[str, Callable[[], None]] = {
    "while it is queued": lambda: die_before_commit("sending-queued"),
    "before a worker is woken": lambda: setattr(queue.Queue, "nudge", die),
    "after a worker is woken": lambda: die_after(queue.Queue, "nudge"),
}
WORKER: dict[str, Callable[[], None]] = {
    "before it is claimed": lambda: setattr(Outbox, "claim", die),
    "while it is claimed": lambda: die_before_commit("sending-attempted"),
    "before it is sent": lambda: setattr(sender.Sender, "send", die),
    "before its answer is read": lambda: die_after(sender, "deliver"),
    "before its answer is kept": lambda: die_after(sender.Sender, "send"),
    "while its answer is kept": lambda: die_before_commit("sending-answered"),
    "after its answer is kept": lambda: die_after(Outbox, "settle"),
}


def main(database_url: str, key: str, address: str, point: str) -> None:
    store = Store(database_url, key, kept=timedelta(days=14))
    post = posting.open_post(database_url, store, {"registry": address})
    {**APP, **WORKER}[point]()
    if point in APP:
        posting.send(post)
        return
    lease = timedelta(seconds=1)
    posting.start_worker(post, interpret=posting.once, demo=True, lease=lease, look_again=1)
    time.sleep(60)


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
