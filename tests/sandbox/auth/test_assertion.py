"""The keys of asymmetric clients: fetched, kept as the client says, renewed for a new kid."""

import pytest
import responses
from authlib.oauth2.rfc6749 import InvalidClientError

from app.sandbox.auth.assertion import ClientKeys
from app.sandbox.clients import Client

URI = "http://127.0.0.1:8000/.well-known/jwks.json"
CLIENT = Client("asymmetric", "private_key_jwt", (), "", jwks_uri=URI)


@pytest.fixture
def clock():
    return {"now": 1000.0}


@pytest.fixture
def client_keys(clock):
    return ClientKeys(lambda: clock["now"])


@pytest.fixture
def jwks(keys):
    with responses.RequestsMock() as mock:

        def serve(cache_control):
            mock.get(URI, json=keys.public(), headers={"Cache-Control": cache_control})
            return mock

        yield serve


def test_keys_are_kept_as_long_as_the_client_allows(client_keys, clock, jwks):
    mock = jwks("max-age=60")

    assert {key.kid for key in client_keys.of(CLIENT)} == {"rsa", "ec"}
    clock["now"] += 59
    client_keys.of(CLIENT)
    assert len(mock.calls) == 1
    clock["now"] += 1
    client_keys.of(CLIENT)
    assert len(mock.calls) == 2


@pytest.mark.parametrize("cache_control", ["", "no-store, max-age=60", "no-cache"])
def test_keys_are_not_kept_where_the_client_does_not_allow_it(client_keys, jwks, cache_control):
    mock = jwks(cache_control)

    client_keys.of(CLIENT)
    client_keys.of(CLIENT)

    assert len(mock.calls) == 2


def test_kept_keys_can_be_fetched_anew(client_keys, jwks):
    mock = jwks("max-age=60")
    client_keys.of(CLIENT)

    client_keys.of(CLIENT, fresh=True)

    assert len(mock.calls) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": {"keys": []}},
        {"status": 302, "headers": {"Location": "http://evil.example/"}},
        {"body": "no json"},
        {"body": b"\xff\xfe"},
        {"json": {"keys": [{"kty": "nonsense"}]}},
        {"json": {"keys": [7]}},
        {"json": ["keys"]},
        {"json": {}},
    ],
)
def test_keys_that_cannot_be_read_are_an_answer_to_the_client(client_keys, answer):
    with responses.RequestsMock() as mock:
        mock.get(URI, **answer)
        with pytest.raises(InvalidClientError):
            client_keys.of(CLIENT)


def test_a_client_that_is_not_there_is_an_answer_to_the_client(client_keys):
    with responses.RequestsMock() as mock:
        mock.get(URI, body=ConnectionError())
        with pytest.raises(InvalidClientError):
            client_keys.of(CLIENT)
