"""Starts the sandbox: python -m app.sandbox."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from waitress.server import create_server

from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from app.sandbox.fhir.load import DataError

HOST = "127.0.0.1"
THREADS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return 2 if the sandbox cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = _parser().parse_args(arguments)
    origin = (options.origin or f"http://{HOST}:{options.port}").rstrip("/")
    try:
        app = create_sandbox(
            SandboxConfig(
                origin=origin,
                app_url=options.app.rstrip("/"),
                data=tuple(options.data),
                upstream=options.upstream.rstrip("/") if options.upstream else None,
                database=options.database,
                access_token_seconds=options.token_seconds,
            )
        )
        server = create_server(app, host=HOST, port=options.port, threads=THREADS)
    except (DataError, OSError) as error:
        print(f"The sandbox EHR cannot start: {error}", file=sys.stderr)  # noqa: T201 - a command's words
        return 2
    print(f"Sandbox EHR: {origin}/", flush=True)  # noqa: T201 - a command's words
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=9000, help="where to listen (9000)")
    parser.add_argument(
        "--origin",
        type=_address,
        metavar="URL",
        help="the address by which it is reached, if another (http://127.0.0.1:PORT)",
    )
    parser.add_argument(
        "--app",
        type=_address,
        default="http://127.0.0.1:8000",
        metavar="URL",
        help="the app that is launched (http://127.0.0.1:8000)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        nargs="*",
        default=[],
        action="extend",
        metavar="FILE",
        help="more patients: transaction or collection Bundles",
    )
    parser.add_argument(
        "--upstream",
        type=_address,
        metavar="URL",
        help="put the authorization in front of this FHIR server; nothing is loaded but --data",
    )
    parser.add_argument(
        "--database",
        type=Path,
        metavar="PATH",
        help="where the chart is, rebuilt at each start (a temporary file)",
    )
    parser.add_argument(
        "--token-seconds",
        type=int,
        default=3600,
        metavar="N",
        help="how long an access token lasts (3600)",
    )
    return parser


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no http or https address")
    return text


if __name__ == "__main__":
    sys.exit(main())
