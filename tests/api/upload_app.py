"""The API with one more route, which counts what it finds in an upload."""

from collections import Counter

from flask import Flask, request

from api import create_app
from api.names import uploaded_names
from api.upload import body_chunks

LIMIT = 3_000_000


def create_upload_app() -> Flask:
    app = create_app()

    @app.post("/names")
    def count() -> dict[str, int]:
        lines = uploaded_names(request.headers["Content-Type"], body_chunks(LIMIT))
        return Counter(type(line).__name__ for line in lines)

    return app
