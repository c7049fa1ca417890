"""What presses on the app from processes of their own: two EHRs, and hostile browsers.

`python -m tests.fuzz.pressure ehrs` prints the ports of a slow and a fast EHR and serves them until
its input ends; a line of input makes the slow one drip, or answer again. `... browsers` reads whom
to ask from its input, and prints what was answered.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests

from app.config import ROOT
from tests.live import free_server


class OpenEhr:
    """A FHIR server that nobody signs in to; when it `drips`, its answers do not end."""

    def __init__(self):
        self.answers = threading.Event()
        self.answers.set()
        self.dripping = 0
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "application/fhir+json")])
        path = environ["PATH_INFO"]
        if path == "/dripping":
            return [str(self.dripping).encode()]
        if not self.answers.is_set():
            return self.drip()
        patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Martinez"}]}
        answer = patient if path == "/fhir/Patient/p" else {"resourceType": "Bundle"}
        return [json.dumps(answer).encode()]

    def drip(self):
        with self._lock:
            self.dripping += 1
        try:
            while not self.answers.wait(0.05):
                yield b" "
        finally:
            with self._lock:
                self.dripping -= 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve_ehrs():
    slow, fast = OpenEhr(), OpenEhr()
    with free_server() as (slow_port, serve_slow), free_server() as (fast_port, serve_fast):
        serve_slow(slow)
        serve_fast(fast)
        say(f"{slow_port} {fast_port}")
        for line in sys.stdin:
            (slow.answers.clear if line.strip() == "drip" else slow.answers.set)()
            say("done")
        slow.answers.set()


def browse(told: dict[str, Any]) -> list[Any]:
    """Ask for the `addresses` in turn, `at_once` at a time, `number` times in all."""

    def ask(number):
        address, cookies = told["addresses"][number % len(told["addresses"])]
        try:
            answer = requests.get(address, cookies=cookies, timeout=told["seconds"])
        except requests.Timeout:
            return "gone"
        return [answer.status_code, answer.headers.get("Retry-After")]

    with ThreadPoolExecutor(told["at_once"]) as pool:
        return list(pool.map(ask, range(told["number"])))


@contextmanager
def process(part: str) -> Iterator[subprocess.Popen[str]]:
    """Run a part of this module in a process of its own; its input ends with the block."""
    command = [sys.executable, "-m", "tests.fuzz.pressure", part]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as running:
        try:
            yield running
        finally:
            running.stdin.close()
            running.wait(30)


if __name__ == "__main__":
    if sys.argv[1] == "ehrs":
        serve_ehrs()
    else:
        asked = json.loads(sys.stdin.readline())
        say("begun")
        say(json.dumps(browse(asked)))
