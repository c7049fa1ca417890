"""SMART App Launch: EHRs, discovery, launch, callback, tokens, scopes and context."""

from flask import Flask

from app.fhir.needs import Needs
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.registry import Registry, unprotected_servers
from app.smart.ehrs.roles import check_forms
from app.smart.forwarding import start as start_forwarding
from app.smart.service import Smart
from app.smart.views import blueprint, style_blueprint


def init_app(app: Flask, needs: Needs) -> Registry:
    """Register the pages of a launch in `app`, which has its store; return the registry.

    The requested scopes follow from `needs`.
    """
    demo = app.config["DEMO"]
    registry = load_registry(app.config["LAUNCH_FILE"], demo=demo).with_more(
        unprotected_servers(app.config["OPEN_FHIR_SERVERS"], demo=demo)
    )
    for registration in registry.registrations:
        check_forms(registration.key, registration.roles, needs.forms)
    app.extensions["forwarders"] = start_forwarding(app.config, app.extensions["store"])
    app.extensions["smart"] = Smart(app.config, registry, app.extensions["store"], needs)
    app.register_blueprint(blueprint)
    app.register_blueprint(style_blueprint)
    return registry
