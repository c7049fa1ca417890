"""The sandbox's authorization in front of another FHIR server."""

from __future__ import annotations

from app.sandbox.upstream.proxy import proxy_blueprint
from app.sandbox.upstream.server import UpstreamServer, open_server

__all__ = ["UpstreamServer", "open_server", "proxy_blueprint"]
