"""A browser that looks at each answer as a careful visitor would."""

from flask.testing import FlaskClient

BASE = "https://app.example"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Browser(FlaskClient):
    """Comes over https, keeps cookies, follows nothing by itself."""

    def open(self, *args, **kwargs):
        kwargs.setdefault("base_url", BASE)
        return super().open(*args, **kwargs)


def assert_sound(answer) -> None:
    """Assert that an answer is one that the app meant to give, with all its headers."""
    assert answer.status_code != 500, answer.text[:2000]
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Cache-Control" in answer.headers
    if answer.mimetype.startswith("text/"):
        assert "Traceback" not in answer.text
        assert 'File "' not in answer.text
