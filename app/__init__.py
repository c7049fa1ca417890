"""Oncoform: read, enter and write back mCODE cancer data from inside the EHR."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from app import config as settings
from app import errors, formatting, forms, logs, patients, reuse, security, smart, store, summary
from app.reuse import outbox
from app.terminology.expand import Terminology


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the app, ready to serve; `config` overrides settings by name.

    Raises ConfigError for a setting that the app cannot start with.
    """
    app = Flask(
        __name__,
        template_folder=str(settings.ROOT / "templates"),
        static_folder=str(settings.ROOT / "static"),
    )
    app.config.update(settings.load(config))

    logs.init_app(app)
    security.trust_proxies(app)
    errors.register(app)
    formatting.init_app(app)
    store.init_app(app)
    registry = smart.init_app(app, forms.needs())
    registry.publish(outbox.init_app(app).receivers.signing_keys())
    security.init_app(app, registry.frame_ancestors())
    app.extensions["terminology"] = Terminology(app.config)

    patients.init_app(app)
    summary.init_app(app, forms.index(), reuse.index())
    forms.init_app(app)
    reuse.init_app(app, forms.index())
    return app
