"""The addresses for launch, callback, sign-out, more time, the key set and the EHR's style."""

from contextlib import suppress

from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.htmx import is_fragment, part
from app.security import origin_of, send_forms_to
from app.smart import cookies, service, throttle
from app.smart.ehrs.keys import KEY_SET_CACHE_SECONDS
from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import EVERYBODY
from app.smart.errors import CookiesLost, LaunchOver, LaunchRefused, UnknownIssuer
from app.smart.gate import any_blueprint, current_any, current_launch, guard, note
from app.smart.oauth.authorization_request import AuthorizationRequest
from app.smart.oauth.cache import KEPT_SECONDS
from app.smart.opening import first_page

blueprint = guard(Blueprint("smart", __name__))
style_blueprint = any_blueprint("style", __name__)


@blueprint.get("/")
def home() -> str:
    """Offer a standalone launch with each EHR."""
    return render_template("smart/home.html", ehrs=service.current().registry.with_exact_issuers())


@blueprint.get("/launch")
@blueprint.get("/launch/<role>")
def launch(role: str = EVERYBODY) -> BaseResponse:
    """Begin the sign-in: an EHR launch has `iss` and `launch`, a standalone launch only `iss`."""
    throttle.require_opening(request.headers)
    smart = service.current()
    try:
        query, ehr = _sent_by_an_ehr()
    except LaunchRefused:
        smart.throttle.count_unknown_ehr(address=request.remote_addr)
        raise
    _count_step("launch")
    key = cookies.browser_key(request)
    if key is None or not smart.store.knows_browser(key):
        # A key that the app did not make may be known to an attacker who planted it.
        key = cookies.new_browser_key()
    if ehr.unprotected:
        opened = smart.open_unprotected(ehr, key, query.get("patient"))
        smart.record_opening(opened)
        response = redirect(first_page(opened), code=303)
    else:
        asked = smart.authorizer.begin(ehr, query["iss"], query.get("launch"), key, role)
        response = _post(asked) if asked.by_post else redirect(asked.address)
    cookies.set_browser_key(request, response, key)
    return response


@blueprint.get("/callback")
@blueprint.get("/callback/<key>")
def callback(key: str | None = None) -> BaseResponse:
    """End the sign-in: the EHR sends the browser back with a code, or with an error.

    With `key` it is the EHR's own callback address.
    """
    throttle.require_opening(request.headers)
    _count_step("callback")
    query = _single_values(request.args)
    smart, browser_key = service.current(), cookies.browser_key(request)
    launch = smart.authorizer.complete(query, browser_key, callback_of=key)
    smart.record_opening(launch)
    response = redirect(first_page(launch), code=303)
    # Who knew the key before, or planted it, does not know it after the sign-in.
    new_key = cookies.new_browser_key()
    smart.store.renew_browser_key(str(browser_key), new_key)
    cookies.set_browser_key(request, response, new_key)
    return response


@blueprint.app_errorhandler(LaunchOver)
def launch_over(error: LaunchOver) -> Response:
    """Say why the page is closed, and give back what was sent with it."""
    g.refusal = error
    sent: dict[str, list[str]] = {}
    with suppress(HTTPException):  # what cannot be read, or is too much, is not given back
        sent = request.form.to_dict(flat=False) if "entry" in request.form else {}
    if is_fragment():
        line = render_template("error_line.html", title=error.title, error=error)
        response = part(line, error.status)
    else:
        page = render_template("smart/over.html", title=error.title, error=error, sent=sent)
        response = make_response(page, error.status)
    response.headers["X-Oncoform-Over"] = "yes"
    return response


@blueprint.errorhandler(CookiesLost)
def cookies_lost(error: CookiesLost) -> tuple[str, int]:
    """Say that cookies are blocked, and offer a window in which they are not."""
    g.refusal = error
    again = address_of("smart.launch", iss=error.issuer, role=error.role or None)
    return render_template("smart/cookies.html", error=error, again=again), error.status


@blueprint.errorhandler(throttle.TooMany)
def too_many(error: throttle.TooMany) -> tuple[str, int, dict[str, str]]:
    """Say when to try again: on the page, and in Retry-After."""
    page = render_template("error.html", title=error.title, error=error)
    return page, error.status, {"Retry-After": str(error.seconds)}


@blueprint.post("/l/<launch_id>/sign-out")
def sign_out() -> BaseResponse:
    """Close the launch, here and at the EHR."""
    service.current().close(current_launch())
    note("signed-out")
    return redirect(address_of("smart.signed_out"), code=303)


@blueprint.get("/signed-out")
def signed_out() -> str:
    """Say that the launch is closed."""
    return render_template("smart/signed_out.html")


@blueprint.post("/l/<launch_id>/extend")
def extend() -> BaseResponse:
    """Ask the EHR for more time, then return to the page."""
    launch = current_launch()
    service.current().extend(launch)
    home = f"/l/{launch.id}/"
    back = request.form.get("back", home)
    return redirect(back if _is_below(home, back) else home, code=303)


@blueprint.get("/.well-known/jwks.json")
def jwks() -> Response:
    """Publish the key set (JWKS) of the app."""
    response = jsonify(keys=service.current().registry.public_keys())
    response.headers["Cache-Control"] = f"public, max-age={KEY_SET_CACHE_SECONDS}"
    return response


@style_blueprint.get("/time-left")
def time_left() -> Response:
    """Answer with the seconds until inactivity ends the launch; to ask is no activity."""
    seconds = service.current().seconds_left(current_any())
    return part(str(seconds), headers={"Content-Type": "text/plain"})


@style_blueprint.post("/time-left")
def go_on() -> Response:
    """Go on with the launch, where a person says so; answers as `time_left`."""
    service.current().use(current_any())
    return time_left()


@style_blueprint.get("/ehr-style.css")
def ehr_style() -> Response:
    """Send the EHR's style; it is empty if there is none that can be used."""
    launch = current_any()
    sheet = service.current().styles.sheet(launch.ehr, launch.smart_style_url)
    response = Response(sheet, mimetype="text/css")
    # It holds no data of the patient, and the address belongs to the launch.
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS:.0f}"
    return response


def _sent_by_an_ehr() -> tuple[dict[str, str], Ehr]:
    """Return the query of a launch and the EHR that it names; raises LaunchRefused."""
    query = _single_values(request.args)
    if not query.get("iss"):
        raise LaunchRefused("Open the app from a patient's chart in the EHR.")
    ehr = service.current().registry.with_issuer(query["iss"])
    if ehr is None:
        raise UnknownIssuer(
            "Nothing was sent to the address that asked. "
            "Open the app from the chart of an EHR that your hospital has registered."
        )
    return query, ehr


def _count_step(step: str) -> None:
    service.current().throttle.count_step(
        step, address=request.remote_addr, browser_key=cookies.browser_key(request)
    )


def _post(asked: AuthorizationRequest) -> BaseResponse:
    """Return the page whose form is posted to the authorization endpoint.

    Browsers apply form-action to the redirects that follow too, and the EHR may redirect to a
    sign-in on any host: every https address is allowed. The page holds only the app's own form.
    """
    send_forms_to(f"https: {origin_of(asked.endpoint)}")
    return make_response(render_template("smart/authorize.html", asked=asked))


def _single_values(query: MultiDict[str, str]) -> dict[str, str]:
    """Return each parameter's value; raises LaunchRefused if one is given twice."""
    if any(len(values) > 1 for _, values in query.lists()):
        raise LaunchRefused("The address was not written by an EHR. Open the app from the chart.")
    return query.to_dict()


def _is_below(home: str, address: str) -> bool:
    """Tell whether `address` is certainly a page of this launch."""
    return (
        address.startswith(home)
        and address.isprintable()
        and not any(text in address for text in ("..", "\\", "//"))
    )
