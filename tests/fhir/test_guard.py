"""Servers on the loopback interface that do what no server should, and what the guard makes of it.

`localhost` stands for a name that leads to a private address wherever the rule is the strict one.
"""

import contextlib
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import tempfile
import threading
import time
import tracemalloc
from dataclasses import dataclass

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.fhir.addresses import AddressRule
from app.fhir.errors import BadAnswer, Unreachable
from app.fhir.guard import Bounds, GuardedAdapter, NotReached, Refused, TooLarge
from app.fhir.session import FhirSession, Limits
from tests.fhir.conftest import Tokens

pytestmark = pytest.mark.network

DEMO = AddressRule(demo=True)
OK = b"HTTP/1.1 200 OK\r\n"
PATIENT = {"resourceType": "Patient", "id": "p1"}


@dataclass(frozen=True)
class NameOnlyRule(AddressRule):
    """Lets every address through by its text, as a name does that resolves to a private one."""

    demo: bool = False

    def allows(self, address: str) -> bool:
        return bool(address)


class Server:
    """Answers each connection by `answer(connection)`, and counts what it was asked."""

    def __init__(self, listening):
        self.listening = listening
        self.connections, self.requests = 0, 0
        self.over = threading.Event()
        self.answer = lambda connection: connection.sendall(OK + b"Content-Length: 2\r\n\r\n{}")
        self.context = None

    @property
    def address(self):
        port = self.listening.getsockname()[1]
        return f"http{'s' if self.context else ''}://127.0.0.1:{port}/fhir"

    def serve(self):
        while not self.over.is_set():
            with contextlib.suppress(OSError), self.listening.accept()[0] as plain:
                self.connections += 1
                self.one(plain)

    def one(self, plain):
        connection = plain
        if self.context:
            connection = self.context.wrap_socket(plain, server_side=True)
        with connection:
            connection.settimeout(5)
            if connection.recv(65_536):
                self.requests += 1
                self.answer(connection)

    def drip(self, connection, byte):
        while not self.over.wait(0.05):
            connection.sendall(byte)


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        server = Server(listening)
        thread = threading.Thread(target=server.serve)
        thread.start()
        yield server
        server.over.set()
        thread.join()


@pytest.fixture
def ask():
    """Ask for an address through the guard."""
    with requests.Session() as session:

        def ask(address, *, rule=DEMO, timeout=None, method="GET", data=None, **bounds):
            adapter = GuardedAdapter(rule, Bounds(**bounds))
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            return session.request(method, address, data=data, timeout=timeout)

        yield ask


def test_an_answer_is_read_whole(server, ask):
    assert ask(server.address).json() == {}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_name_that_leads_to_a_private_address_is_not_even_connected_to(server, ask, name):
    address = server.address.replace("127.0.0.1", name)
    with pytest.raises(NotReached, match="private"):
        ask(address, rule=NameOnlyRule())
    time.sleep(0.2)
    assert server.connections == 0


def resolves_to(monkeypatch, *places):
    """Let every name lead to these hosts and ports, and note which of them are called."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    called, connect = [], socket.socket.connect

    def note(self, place):
        called.append(place[0])
        if not place[0].startswith("127."):
            raise ConnectionRefusedError
        connect(self, place)

    monkeypatch.setattr(socket.socket, "connect", note)
    return called


def test_of_several_addresses_the_private_ones_are_left_out(ask, monkeypatch):
    called = resolves_to(monkeypatch, ("10.0.0.1", 443), ("93.184.216.34", 443), ("127.0.0.1", 443))
    with pytest.raises(NotReached, match="no connection"):
        ask("https://ehr.invalid/fhir", rule=AddressRule(demo=False))
    assert called == ["93.184.216.34"]


def test_where_one_address_does_not_answer_the_next_is_asked(server, ask, monkeypatch):
    place = server.listening.getsockname()
    called = resolves_to(monkeypatch, ("93.184.216.34", 80), place)
    assert ask("http://localhost/fhir").ok
    assert called == ["93.184.216.34", "127.0.0.1"]


def test_the_chart_is_not_looked_for_at_a_private_address(server):
    with pytest.raises(Unreachable) as caught:
        FhirSession(server.address, Tokens("t1"), rule=NameOnlyRule()).read("Patient", "p1")
    assert caught.value.sent is False
    assert server.connections == 0


def test_who_gives_a_session_no_rule_reaches_no_private_address(server):
    with pytest.raises(Unreachable):
        FhirSession(server.address, Tokens("t1")).read("Patient", "p1")
    assert server.connections == 0


def test_a_server_in_the_hospitals_own_network_is_reached_where_the_settings_name_it(server, ask):
    server.context = tls_context(server)
    with trusted(server) as bundle, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", bundle)
        assert ask(server.address, rule=AddressRule(demo=False, own_network=True)).ok


def test_an_address_that_is_not_allowed_gets_no_connection(server, ask):
    with pytest.raises(NotReached, match="not allowed"):
        ask(server.address, rule=AddressRule(demo=False))
    assert server.connections == 0


def test_a_proxy_of_the_hospital_may_stand_in_its_own_network(server, ask, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.address.removesuffix("/fhir"))
    monkeypatch.setenv("NO_PROXY", "")
    assert ask("http://ehr.invalid/fhir", rule=NameOnlyRule()).ok
    assert server.requests == 1


def test_a_proxy_that_does_not_speak_http_is_not_used(server, ask, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.address.replace("http://", "socks5://"))
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(NotReached, match="proxy"):
        ask("http://ehr.invalid/fhir", rule=NameOnlyRule())


def header(server, connection):
    connection.sendall(OK + b"X-Long: ")
    server.drip(connection, b"a")


def status_line(server, connection):
    server.drip(connection, b"H")


def interim(server, connection):
    server.drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n")


def body(server, connection):
    connection.sendall(OK + b"Content-Length: 1000\r\n\r\n")
    server.drip(connection, b" ")


def chunk_size(server, connection):
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    server.drip(connection, b"0")


def trailer(server, connection):
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
    server.drip(connection, b"X: y\r\n")


@pytest.mark.parametrize("part", [status_line, interim, header, body, chunk_size, trailer])
def test_an_answer_that_comes_byte_by_byte_is_cut_off_at_its_time(server, ask, part):
    server.answer = lambda connection: part(server, connection)
    begun = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        ask(server.address, total=0.5)
    assert 0.4 < time.monotonic() - begun < 1.5


def test_an_answer_that_nobody_waits_for_any_more_is_not_read_to_its_end(server, ask):
    server.answer = lambda connection: body(server, connection)
    begun = time.monotonic()
    with pytest.raises(Refused, match="nobody waits"):
        ask(server.address, total=30, is_given_up=lambda: time.monotonic() - begun > 0.3)
    assert time.monotonic() - begun < 1.5


def test_a_call_may_have_less_time_than_the_bounds_give(server, ask):
    server.answer = lambda connection: body(server, connection)
    begun = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        ask(server.address, total=30, timeout=0.3)
    assert time.monotonic() - begun < 1.5


def test_a_silent_server_is_given_up_before_the_whole_time_is_over(server, ask):
    server.answer = lambda connection: server.over.wait(5)
    begun = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        ask(server.address, total=30, silence=0.3)
    assert time.monotonic() - begun < 1.5


def test_a_server_that_takes_in_nothing_is_cut_off_at_its_time(server, ask):
    server.answer = lambda connection: server.over.wait(5)
    begun = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        ask(server.address, total=0.5, method="POST", data=b"x" * 20_000_000)
    assert time.monotonic() - begun < 1.5


def test_a_tls_greeting_that_never_comes_is_no_connection(server, ask):
    server.answer = lambda connection: server.drip(connection, b"")
    begun = time.monotonic()
    with pytest.raises(NotReached):
        ask(server.address.replace("http:", "https:"), connect=0.4)
    assert time.monotonic() - begun < 1.5


def test_a_session_with_an_ehr_ends_with_its_time(server):
    server.answer = lambda connection: header(server, connection)
    session = FhirSession(server.address, Tokens("t1"), Limits(total=0.5), rule=DEMO)
    with pytest.raises(Unreachable, match="took too long") as caught:
        session.create(PATIENT)
    assert caught.value.outcome_unknown


def test_a_bomb_is_not_unpacked(server, ask):
    packed = gzip.compress(gzip.compress(b" " * 200_000_000))

    def bomb(connection):
        connection.sendall(
            OK
            + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
            + packed
        )

    server.answer = bomb
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            ask(server.address, max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "lines",
    [
        b"X: %s\r\n" % (b"y" * 60_000),
        b"X: y\r\n" * 20,
    ],
)
def test_a_header_of_many_bytes_is_not_read(server, ask, lines):
    def flood(connection):
        connection.sendall(OK)
        while True:
            connection.sendall(lines)

    server.answer = flood
    with pytest.raises((TooLarge, requests.ConnectionError)):
        ask(server.address)


def test_interim_answers_without_end_are_too_large(server, ask):
    def flood(connection):
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    server.answer = flood
    with pytest.raises(TooLarge):
        ask(server.address)


def test_an_answer_without_end_is_too_large(server):
    def flood(connection):
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(b" " * 100_000)

    server.answer = flood
    with pytest.raises(BadAnswer, match="too large"):
        FhirSession(server.address, Tokens("t1"), rule=DEMO).read("Patient", "p1")


def test_trailers_without_end_are_too_large(server, ask):
    def flood(connection):
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
        while True:
            connection.sendall(b"X: y\r\n" * 1_000)

    server.answer = flood
    with pytest.raises(TooLarge):
        ask(server.address, max_bytes=100_000)


def test_a_redirect_is_refused_unless_the_session_looks_itself(server, ask):
    server.answer = lambda connection: connection.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    )
    with pytest.raises(Refused, match="another address"):
        ask(server.address)


def test_nobody_at_the_address_is_no_connection(ask):
    with pytest.raises(NotReached):
        ask("http://127.0.0.1:1/")


def test_a_name_that_nobody_has_is_no_connection(ask):
    with pytest.raises(NotReached):
        ask("https://ehr.invalid/")


def tls_context(server, *, version=None):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    server.certificate = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pem(server.certificate + private) as path:
        context.load_cert_chain(path)
    if version is not None:
        # Old versions need the ciphers that new ones no longer count as safe.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


@contextlib.contextmanager
def pem(content):
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(content)
        file.flush()
        yield file.name


def trusted(server):
    return pem(server.certificate)


def test_a_certificate_of_the_hospitals_own_authority_is_trusted_where_it_says_so(
    server, ask, monkeypatch
):
    server.context = tls_context(server)
    with pytest.raises(NotReached):
        ask(server.address)
    with trusted(server) as bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        assert ask(server.address).ok
    assert server.requests == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONHTTPSVERIFY"])
@pytest.mark.parametrize("value", ["", "0", "False", "/nowhere"])
def test_no_variable_switches_the_check_of_certificates_off(
    server, ask, monkeypatch, variable, value
):
    server.context = tls_context(server)
    monkeypatch.setenv(variable, value)
    with pytest.raises(NotReached):
        ask(server.address)
    assert server.requests == 0


def test_no_session_switches_the_check_of_certificates_off(server):
    server.context = tls_context(server)
    with requests.Session() as session:
        session.verify = False
        session.mount("https://", GuardedAdapter(DEMO, Bounds()))
        with pytest.raises(NotReached):
            session.get(server.address)
    assert server.requests == 0


# Python warns of the old version that is asked for here to be refused.
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_of_an_old_tls_gets_no_request(server, ask, monkeypatch):
    server.context = tls_context(server, version=ssl.TLSVersion.TLSv1_1)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.load_verify_locations(cadata=server.certificate.decode())
    with (
        socket.create_connection(server.listening.getsockname()) as plain,
        old.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert connection.version() == "TLSv1.1"
    with trusted(server) as bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        with pytest.raises(NotReached):
            ask(server.address)
    assert server.requests == 0


@pytest.mark.parametrize("proxy", [None, "http://proxy.example:3128"])
def test_the_oldest_tls_that_is_spoken_is_1_2(proxy):
    adapter = GuardedAdapter(DEMO, Bounds())
    pools = adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager
    pool = pools.connection_from_host("ehr.example", 443, "https")
    assert pool.ssl_minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_fault_of_tls_after_the_request_leaves_open_whether_it_arrived(server, monkeypatch):
    server.context = tls_context(server)

    def garbage(connection):
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 20)

    server.answer = garbage
    with trusted(server) as bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        with pytest.raises(Unreachable) as caught:
            FhirSession(server.address, Tokens("t1"), rule=DEMO).create(PATIENT)
    assert caught.value.outcome_unknown
    assert server.requests == 1
