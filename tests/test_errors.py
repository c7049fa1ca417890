import logging

import pytest
from flask import Flask, abort

from app import errors
from app.config import ROOT
from app.errors import AppError


class Closed(AppError):
    status = 423
    title = "The ward is closed"


def closed() -> str:
    raise Closed("Come back on Monday.", details=["said <i>the EHR</i>"], offer=("Home", "/home"))


def broken() -> str:
    raise RuntimeError("MARTINEZ, Elena")


@pytest.fixture
def client():
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: filename)
    errors.register(app)
    app.add_url_rule("/closed", view_func=closed)
    app.add_url_rule("/broken", view_func=broken)
    app.add_url_rule("/refused", "refused", lambda: abort(418))
    return app.test_client()


def test_an_error_tells_what_happened_and_what_to_do(client):
    answer = client.get("/closed")
    assert answer.status_code == 423
    for words in ("The ward is closed", "Come back on Monday.", 'href="/home"'):
        assert words in answer.text


def test_words_of_the_ehr_are_shown_as_text_never_as_markup(client):
    assert "said &lt;i&gt;the EHR&lt;/i&gt;" in client.get("/closed").text


def test_a_part_of_a_page_is_answered_with_a_line(client):
    answer = client.get("/closed", headers={"HX-Request": "true"})
    assert answer.status_code == 423
    assert "<html" not in answer.text
    assert "The ward is closed. Come back on Monday." in answer.text


def test_a_fault_of_the_app_shows_and_logs_nothing_of_the_patient(client, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "MARTINEZ" not in answer.text
    assert "MARTINEZ" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/refused", 418)])
def test_other_refusals_are_pages_too(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert "<h1" in answer.text
