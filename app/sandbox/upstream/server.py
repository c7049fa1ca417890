"""The client of the upstream FHIR server: without a token, and with its own addresses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from app.sandbox.config import SandboxConfig
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.compartment import patient_of
from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.load import DataError, read_bundle
from app.sandbox.fhir.outcome import FhirError, Issue
from app.sandbox.fhir.references import Local, rewrite

JSON = "application/fhir+json"
_TIMEOUT = (5, 60)
_PASSED_ON = ("ETag", "Last-Modified", "Location", "Content-Location")


@dataclass(frozen=True)
class Reply:
    """A response of the upstream, in the sandbox's addresses; `resource` is None without a body."""

    status: int
    resource: Resource | None
    headers: dict[str, str] = field(default_factory=dict)


_NAMES = frozenset({"reference", "fullUrl"})


@dataclass(frozen=True)
class Addresses:
    """The bases of the two servers, neither with a trailing slash."""

    upstream: str
    sandbox: str

    def inward(self, element: Any) -> Any:
        """Return what a client sent, its references to the sandbox put below the upstream."""
        return _moved(element, self.sandbox, self.upstream)

    def outward(self, resource: Resource) -> Resource:
        """Return what the upstream answered, its own addresses put below the sandbox."""
        moved: Resource = _moved(resource, self.upstream, self.sandbox)
        if moved.get("resourceType") == "Bundle":
            links = [link for link in moved.get("link", []) if isinstance(link, dict)]
            moved["link"] = [
                link | {"url": address}
                for link in links
                if (address := self.link(str(link.get("url"))))
            ]
            for entry in moved.get("entry", []):
                self._entry(entry)
        elif moved.get("resourceType") == "CapabilityStatement":
            moved["implementation"] = {
                "description": "The sandbox EHR's authorization in front of another server",
                "url": self.sandbox,
            }
        return moved

    def link(self, url: str) -> str | None:
        """Return the sandbox's address for one of the upstream's, None for an address elsewhere.

        Servers do not always know by which name they were called, so only the path has to fit.
        """
        path, base = urlsplit(url).path, urlsplit(self.upstream).path
        if path != base and not path.startswith(f"{base}/"):
            return None
        query = urlsplit(url).query
        return self.sandbox + path[len(base) :] + (f"?{query}" if query else "")

    def _entry(self, entry: Any) -> None:
        response: Any = entry.get("response") if isinstance(entry, dict) else None
        location = response.get("location") if isinstance(response, dict) else None
        if isinstance(location, str) and "://" in location:
            response["location"] = self.link(location) or location


def _moved(element: Any, old: str, new: str) -> Any:
    """Return `element` with its addresses below `old` put below `new`."""

    def move(text: str) -> str:
        return new + text.removeprefix(old) if text.startswith(f"{old}/") else text

    return rewrite(element, move, _NAMES)


class UpstreamServer:
    """A FHIR server without authorization of its own. All its methods raise FhirError 502 or 504
    where it does not answer, or not in FHIR.
    """

    def __init__(self, upstream: str, sandbox: str) -> None:
        self.addresses = Addresses(upstream, sandbox)
        self._session = requests.Session()
        self._session.trust_env = False

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: Resource | None = None,
        form: Iterable[tuple[str, str]] | None = None,
    ) -> Reply:
        """Send one request; `path` is what follows the base. `form` is a search by POST."""
        sent = {"Accept": JSON, **(headers or {})}
        data: Any = list(form) if form is not None else None
        if body is not None:
            sent["Content-Type"] = JSON
            data = dumps(self.addresses.inward(body)).encode()
        url = "/".join(filter(None, (self.addresses.upstream, path)))
        try:
            answer = self._session.request(
                method,
                url,
                params=list(params),
                headers=sent,
                data=data,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise FhirError(504, _fault("The server behind the sandbox did not answer.")) from None
        except requests.RequestException:
            raise FhirError(
                502, _fault("The server behind the sandbox cannot be reached.")
            ) from None
        return self._reply(answer)

    def find(self, reference: Local) -> Resource | None:
        """Return the resource of a reference, None if there is none."""
        reply = self.send("GET", str(reference))
        return reply.resource if reply.status == 200 else None

    def search(self, resource_type: str, params: Mapping[str, str]) -> list[Resource]:
        """Return the resources on the first page of a search; none if it is refused."""
        reply = self.send("GET", resource_type, params=params.items())
        entries = (reply.resource or {}).get("entry", []) if reply.status == 200 else []
        found = (entry.get("resource", {}) for entry in entries)
        return [one for one in found if one.get("resourceType") == resource_type and "id" in one]

    def patients_of(
        self, resource: Resource, find: Callable[[Local], Resource | None] | None = None
    ) -> set[str]:
        """Return the ids of the patients that `resource` is about; a Provenance by its targets."""
        return patient_of(resource, base=self.addresses.sandbox, find=find or self.find)

    def _reply(self, answer: requests.Response) -> Reply:
        if answer.is_redirect or answer.status_code in range(300, 304):
            raise FhirError(502, _fault("The server behind the sandbox answered elsewhere."))
        resource = None
        if answer.content:
            try:
                resource = loads(answer.content)
            except ValueError:
                resource = {}
            if not isinstance(resource, dict) or "resourceType" not in resource:
                raise FhirError(
                    502, _fault("The server behind the sandbox did not answer in FHIR.")
                )
        headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        for name in ("Location", "Content-Location"):
            if name in headers:
                headers[name] = self.addresses.link(headers[name]) or ""
        return Reply(
            answer.status_code,
            self.addresses.outward(resource) if resource else None,
            {name: value for name, value in headers.items() if value},
        )


def open_server(config: SandboxConfig) -> UpstreamServer:
    """Return the upstream of `config`, after sending it the data of `config` and no others.

    Raises DataError where it does not take them.
    """
    server = UpstreamServer(str(config.upstream), config.fhir_base)
    for path in config.data:
        try:
            bundle = _transaction(read_bundle(path))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: an entry of the Bundle holds no resource.") from error
        try:
            reply = server.send("POST", "", body=bundle)
        except FhirError as error:
            raise DataError(f"{path} cannot be loaded: {error}") from error
        if reply.status >= 300:
            issues = (reply.resource or {}).get("issue", [])
            words = "; ".join(
                str(issue.get("diagnostics") or (issue.get("details") or {}).get("text", ""))
                for issue in issues
            )
            raise DataError(f"{path} was refused with {reply.status}: {words[:500]}")
    return server


def _transaction(bundle: Resource) -> Resource:
    """Return a Bundle of any type as a transaction that puts each resource under its own id."""
    if bundle.get("type") in {"transaction", "batch"}:
        return bundle
    entries = []
    for entry in bundle.get("entry", []):
        resource = entry["resource"]
        request = {"method": "POST", "url": resource["resourceType"]}
        if "id" in resource:
            request = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
        # `search` and `response` of an entry do not belong into a transaction.
        kept = {name: value for name, value in entry.items() if name in {"fullUrl", "resource"}}
        entries.append(kept | {"request": request})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _fault(words: str) -> Issue:
    return Issue("transient", words)
