"""A receiver that counts what it has taken by its key, and fails as it is told."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What happens to a request: it fails before the receiver has taken the body, or after.
FAULTS = ("lost before", "busy", "fault before", "lost after", "rubbish after", "fault after")
_BEFORE = {"busy": 503, "fault before": 500}


class Registry(ThreadingHTTPServer):
    """It takes each key once, and refuses it from then on. Its `fault` names one, or none."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, fault: Callable[[str], str | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault = fault
        self.taken: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = json.loads(body)["id"]
        registry = self.server
        with registry.lock:
            fault = registry.fault(key)
            registry.faults[fault or "none"] += 1
            is_new = not registry.taken[key]
            if fault not in ("lost before", *_BEFORE) and is_new:
                registry.taken[key] += 1
        if fault in ("lost before", "lost after"):
            self.close_connection = True
        elif fault in _BEFORE:
            self.answer(_BEFORE[fault], "{}")
        elif fault == "fault after":
            self.answer(500, "{}")
        elif fault == "rubbish after":
            self.answer(200, "<html>Welcome</html>", "text/html")
        elif is_new:
            self.answer(201, "{}")
        else:
            self.answer(400, '{"issue": {"diagnostics": "Unique Violation"}}')

    def answer(self, status: int, body: str, media_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def registry(fault: Callable[[str], str | None] = lambda _key: None) -> Iterator[Registry]:
    """Run a receiver on the loopback interface."""
    with Registry(fault) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
