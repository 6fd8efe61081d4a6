"""The OpenAPI document, and the page that shows it and tries it out. The page works without the internet.

It is Scalar, out of the flask-openapi3-scalar wheel, with a page and a start of our own: the plugin's own page has an
inline script, and leaves on what reaches other hosts.
"""

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, send_file
from flask.wrappers import Response

from api.openapi import Json
from api.settings import ApiSettings

DOCS_ROUTES = "docs"
_PAGE = Path(__file__).parent / "docs_page"
_SCALAR = Path(str(files("flask_openapi3_scalar"))) / "templates" / "scalar"
_FILES = {
    "scalar.js": (_SCALAR / "js" / "scalar.standalone.js", "text/javascript"),
    "icon.svg": (_SCALAR / "images" / "scalar.svg", "image/svg+xml"),
    "start.js": (_PAGE / "start.js", "text/javascript"),
}


def docs_routes(document: Json, settings: ApiSettings) -> Blueprint:
    """The routes of *document* and of the page; they are not part of the document themselves."""
    routes = Blueprint(DOCS_ROUTES, __name__)
    policy = content_security_policy(settings.docs_servers)

    @routes.get("/openapi.json")
    def openapi_json() -> Response:
        return jsonify(document)

    @routes.get("/docs")
    def page() -> Response:
        response = send_file(_PAGE / "docs.html", mimetype="text/html")
        response.headers["Content-Security-Policy"] = policy
        return response

    for name, (path, mimetype) in _FILES.items():
        routes.add_url_rule(
            f"/docs/{name}",
            endpoint=name.replace(".", "_"),
            view_func=lambda path=path, mimetype=mimetype: send_file(path, mimetype=mimetype),
        )
    return routes


def content_security_policy(servers: tuple[str, ...]) -> str:
    """What the page may do: load from here only, and send to here and to *servers* only."""
    origins = dict.fromkeys(f"{url.scheme}://{url.netloc}" for url in map(urlsplit, servers))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # Scalar's bundle brings its styles as style elements that its script writes.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *origins)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
