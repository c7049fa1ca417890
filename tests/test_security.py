import pytest
from flask import Flask, request
from werkzeug.test import create_environ, run_wsgi_app

from app import errors, security
from app.config import ROOT


@pytest.fixture
def client():
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(DEMO=False, BASE_URL="https://app.example")
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: filename)
    errors.register(app)
    security.init_app(app, ["https://ehr.example", "https://ehr.example:8443"])
    app.add_url_rule("/write", "write", lambda: f"written {request.args}", methods=["GET", "POST"])
    app.add_url_rule("/folder/", "folder", lambda: "inside")
    return app.test_client()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://app.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://app.example"},
    ],
)
def test_a_write_of_the_app_s_own_page_is_taken(client, headers):
    assert client.post("/write", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://app.example"},
        {"Origin": "https://app.example:444"},
        {"Origin": "https://app.example.evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
    ],
)
def test_a_write_of_another_page_is_refused(client, headers):
    answer = client.post("/write", headers=headers)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text


def test_reading_needs_no_origin(client):
    assert client.get("/write", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_an_address_that_is_no_text_is_refused_in_words(client):
    # A server hands on the bytes of the query as they came; nobody has to write them as text.
    answer = client.get("/write", environ_overrides={"QUERY_STRING": "a=\x80"})
    assert answer.status_code == 400
    assert "This request cannot be read" in answer.text
    assert client.get("/write?a=%80").status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "x" * 300,
        "x" * 64 + ".example",
        ".x",
        "a..b",
        "xn--",
        "xn--:8000",
        "app.xn--.example",
        "xn--a",
        "xn--0",
        "xn--zzzzzzzzzzzzz99999",
        "xn--a-ecp.ru",
        "\u00e9.example",
        "a b",
        "user@app.example",
        "app.example/x",
        "[::1",
        "app.example:x",
        "app.example:999999",
    ],
)
@pytest.mark.parametrize("path", ["/write", "/folder", "/nothing-here"])
def test_a_host_that_is_no_readable_name_is_refused_in_words(client, host, path):
    # The client of the tests could not read it either.
    environ = {**create_environ(path), "HTTP_HOST": host}
    body, status, _headers = run_wsgi_app(client.application, environ)
    assert status == "400 BAD REQUEST"
    assert b"This request cannot be read" in b"".join(body)


@pytest.mark.parametrize(
    "host", ["", "app.example", "app_1:8000", "xn--bcher-kva.example", "[::1]:8000", "10.0.0.1"]
)
def test_any_readable_host_is_served(client, host):
    assert client.get("/write", headers={"Host": host}).status_code == 200
    missing = client.get("/nothing-here", headers={"Host": host})
    assert missing.status_code == 404
    assert "There is no such page" in missing.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8000", ""])
def test_a_redirect_to_the_right_spelling_stays_where_the_browser_is(client, host):
    # Neither the Host header nor the scheme behind a proxy say where the browser is.
    answer = client.get("/folder?a=%26b", headers={"Host": host}, base_url="http://inside:8000")
    assert (answer.status_code, answer.location) == (308, "/folder/?a=%26b")
    assert answer.text == ""


@pytest.mark.parametrize("path", ["/folder", "//folder"])
def test_a_write_is_never_sent_on_with_its_body(client, path):
    answer = client.post("/", data={"a": "b"}, environ_overrides={"PATH_INFO": path})
    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["//evil.example//folder", "//folder", "///folder"])
def test_no_redirect_to_the_right_spelling_names_a_host(client, path):
    answer = client.get("/", environ_overrides={"PATH_INFO": path})
    assert answer.location in {None, "/folder/"}


@pytest.mark.parametrize("path", ["/write", "/folder/", "/nothing-here", "/static/app.css"])
def test_a_page_that_no_ehr_opens_has_no_opener(client, path):
    assert client.get(path).headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/launch", "/launch/nurse", "/callback", "/l/x/", "/signed-out"])
def test_the_window_that_an_ehr_opens_stays_within_its_reach(client, path):
    assert "Cross-Origin-Opener-Policy" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/write", "/nothing-here"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors https://ehr.example https://ehr.example:8443")
    assert "X-Frame-Options" not in headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_without_an_ehr_nobody_may_frame_the_app():
    assert security.content_security_policy([]).endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7")])
def test_a_proxy_is_believed_the_address_and_nothing_else(proxies, address):
    app = Flask(__name__)
    app.config.update(TRUSTED_PROXIES=proxies)
    security.trust_proxies(app)
    app.add_url_rule("/", "where", lambda: [request.remote_addr, request.url, request.root_path])
    forwarded = {"For": "203.0.113.9, 198.51.100.7", "Proto": "https", "Prefix": "/evil"}
    forwarded |= {"Host": "evil.example", "Port": "444"}
    headers = {f"X-Forwarded-{name}": value for name, value in forwarded.items()}
    answer = app.test_client().get("/", headers=headers, base_url="http://app.example")
    assert answer.json == [address, "http://app.example/", ""]
