"""Pages of other origins that may use the API, and what a browser must hear to let them (Fetch §3.2).

Off unless origins were named. The pages of mailsink itself are for no other origin.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, Response, request

__all__ = ["install", "is_welcome"]

_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = "ETag, Location, Content-Disposition"


def is_welcome() -> bool:
    """Whether the request at hand comes from a page that was named, for something that is not a page."""
    from flask import current_app

    origins: Collection[str] = current_app.config["CORS_ORIGINS"]
    origin = request.headers.get("Origin", "").lower()
    if not origin or not origins or request.blueprint == "pages":
        return False
    return origin in origins or ("*" in origins and origin != "null")


def install(app: Flask, origins: Collection[str]) -> None:
    """Let pages of *origins* in; ``"*"`` is every origin."""
    app.config["CORS_ORIGINS"] = frozenset(origin.lower() for origin in origins)
    if not origins:
        return

    @app.before_request
    def preflight() -> Response | None:
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204, headers=_HEADERS) if asked and is_welcome() else None

    @app.after_request
    def allow(response: Response) -> Response:
        # Whoever keeps the answer must not show it to another origin.
        response.vary.add("Origin")
        if is_welcome():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
