"""Posts and workers of the tests, as several processes have them."""

from collections.abc import Mapping
from datetime import timedelta

from app.reuse.fate import Fate, Interpret, fate_of
from app.reuse.outbox import Post
from app.reuse.outbox.queue import Queue
from app.reuse.outbox.sender import LEASE, Sender
from app.reuse.receivers import Receiver, Receivers
from app.store import Sending, Store
from tests.outgoing import BY, OWNER, outgoing


def open_post(database_url: str, store: Store, addresses: Mapping[str, str]) -> Post:
    """Return the post for receivers with these addresses, by key."""
    found = [Receiver(key, key, "product", address, "Test") for key, address in addresses.items()]
    return Post(Receivers(found), store, Queue(database_url, store.outbox))


def start_worker(
    post: Post,
    *,
    interpret: Interpret = fate_of,
    demo: bool = False,
    first_pause: float = 0.05,
    lease: timedelta = LEASE,
    look_again: int = 60,
    limit: timedelta = timedelta(hours=1),
) -> None:
    """Send what the outbox holds from this process, with short pauses."""
    sender = Sender(
        post.receivers,
        {"product": interpret},
        demo=demo,
        timeout=5,
        limit=limit,
        first_pause=timedelta(seconds=first_pause),
    )
    post.queue.start(sender, lease=lease, look_again=look_again)


def send(post: Post, key: str = "b-1", receiver: str = "registry", owner: str = OWNER) -> Sending:
    """Confirm what has the key in its body."""
    found = post.receivers.with_key(receiver)
    assert found
    body = f'{{"id": "{key}"}}'.encode()
    address = found.address_of("/Bundle")
    what = outgoing(key, receiver=receiver, product="product", address=address, body=body)
    return post.send(owner, what, BY)


def once(status: int, headers: Mapping[str, str], body: bytes) -> Fate:
    """Read the answers of a receiver that refuses what it has already."""
    if status == 400 and b"Unique Violation" in body:
        return Fate("accepted", "It was there already.")
    return fate_of(status, headers, body)
