"""A list of routes that a module of pages offers, to be put on the blueprint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint
from werkzeug import Response

__all__ = ["Answer", "Routes"]

Answer = str | Response | tuple[str, int]
View = TypeVar("View", bound=Callable[..., Answer])


class Routes:
    """Views with their addresses, collected while a module is read."""

    def __init__(self) -> None:
        self._views: list[tuple[str, str, Callable[..., Answer]]] = []

    def get(self, address: str) -> Callable[[View], View]:
        """Offer the view at *address*; it must change nothing."""
        return self._add("GET", address)

    def post(self, address: str) -> Callable[[View], View]:
        """Offer the view at *address* to forms; it must answer with a redirect."""
        return self._add("POST", address)

    def install(self, blueprint: Blueprint) -> None:
        """Put the views on *blueprint*, each under its function's name."""
        for method, address, view in self._views:
            blueprint.add_url_rule(address, view.__name__, view, methods=[method])

    def _add(self, method: str, address: str) -> Callable[[View], View]:
        def add(view: View) -> View:
            self._views.append((method, address, view))
            return view

        return add
