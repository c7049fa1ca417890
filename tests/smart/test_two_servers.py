"""Two app servers in processes of their own, over one database, before an EHR of short sessions.

The sandbox takes a refresh token that comes twice for a stolen one and ends the whole grant, so
that a launch which goes on has spent none twice.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
import requests
from cryptography.fernet import Fernet

from app.config import ROOT
from app.smart.oauth.tokens import LaunchTokens
from app.store import Store, StoredLaunch
from app.store.database import now

pytestmark = pytest.mark.server

TOKEN_SECONDS = 2
HOST = "127.0.0.1"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def start():
    """Start a process that serves at a port, and end it after the test."""
    processes = []

    def start(port: int, *arguments: str, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments, "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        processes.append(process)
        for _ in range(300):
            try:
                requests.get(f"http://{HOST}:{port}/signed-out", timeout=30)
                break
            except requests.ConnectionError:
                assert process.poll() is None, f"{arguments} did not start"
                time.sleep(0.1)
        return process

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=10)


@pytest.fixture
def house(start, database_url):
    """The EHR, and two app servers that know of each other by the database alone."""
    ports = [_free_port() for _ in range(3)]
    ehr, *apps = [f"http://{HOST}:{port}" for port in ports]
    seconds = str(TOKEN_SECONDS)
    start(ports[0], "app.sandbox", "--app", apps[0], "--token-seconds", seconds)
    settings = {
        "ONCOFORM_DEMO": "1",
        "ONCOFORM_BASE_URL": apps[0],
        "ONCOFORM_SANDBOX_URL": ehr,
        "ONCOFORM_SECRET_KEYS": Fernet.generate_key().decode(),
        "ONCOFORM_DATABASE_URL": database_url,
    }
    with ThreadPoolExecutor(2) as pool:  # at once, on an empty database
        list(pool.map(lambda port: start(port, "app", "serve", **settings), ports[1:]))
    return SimpleNamespace(ehr=ehr, apps=apps)


def test_two_servers_go_on_with_one_launch_and_spend_no_token_twice(house):
    with requests.Session() as person:
        query = {"patient": "elena-martinez", "user": "oncologist-owen"}
        opened = person.get(f"{house.ehr}/launch", params=query, timeout=30)
        assert opened.status_code == 200, opened.text
        path = opened.url.removeprefix(house.apps[0])
        cookies = dict(person.cookies)

    def look(number: int) -> tuple[int, bool]:
        # Its one question to the EHR is the patient: the tokens are to be tried, not the EHR.
        address = f"{house.apps[number % 2]}{path}receipts/"
        page = requests.get(address, cookies=cookies, timeout=60)
        return page.status_code, "MARTINEZ" in page.text.upper()

    for _ in range(3):
        time.sleep(TOKEN_SECONDS)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(look, range(16))) == {(200, True)}


DEATHS = {
    "while it spends the token": "assert store.launches.begin_renewal('launch', 1)",
    "while it writes": """
session = store._database.writing().__enter__()
session.execute(update(LaunchRow).values(renewing='gone'))
""",
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_server_that_is_killed_holds_up_nobody(database_url, death):
    key = Fernet.generate_key().decode()
    store = Store(database_url, key, kept=timedelta(days=1))
    tokens = {"access_token": "a-1", "refresh_token": "r-1", "scope": "", "expires_at": 1}
    tokens["renew_at"] = 1
    expires = now() + timedelta(hours=1)
    store.launches.add("key", StoredLaunch("launch", "ehr", "owner", {}, tokens, expires))
    script = f"""
import os, signal
from datetime import timedelta
from sqlalchemy import update
from app.store import Store
from app.store.models import LaunchRow
store = Store({database_url!r}, {key!r}, kept=timedelta(days=1))
{DEATHS[death]}
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=30)
    assert ended.returncode == -signal.SIGKILL
    spent = []

    def refresh(token):
        spent.append(token)
        return {"access_token": "a-2", "token_type": "Bearer", "refresh_token": "r-2"}

    client = SimpleNamespace(refresh=refresh)
    source = LaunchTokens(store.launches, "launch", "elena", lambda: client, patience=1)
    begun = time.monotonic()
    renewed = source.renew("a-1")
    assert time.monotonic() - begun < 5
    # What was never committed was never begun; what was, may have been spent, and ends.
    if death == "while it writes":
        assert (renewed, spent) == ("a-2", ["r-1"])
    else:
        assert (renewed, spent) == (None, [])
        assert store.launches.tokens("launch").tokens["refresh_token"] is None
    store.close()
