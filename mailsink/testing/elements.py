"""Elements of a mail's HTML by CSS selector.

The only home of selectolax, which comes with the extra ``html``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConfigError

__all__ = ["Element", "select"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: its *tag*, its *text* with white space folded, its *attributes*, its *html*."""

    tag: str
    text: str
    attributes: dict[str, str]
    html: str


def select(html: str, css: str) -> list[Element]:
    """The elements of *html* that *css* finds, in order.

    Raises ConfigError without selectolax, ValueError for what is no selector.
    """
    try:
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError
    except ImportError:
        raise ConfigError(
            "select() needs the package selectolax; install mailsink with its extra html"
        ) from None
    try:
        nodes = LexborHTMLParser(html).css(css)
    except SelectolaxError as error:
        raise ValueError(f"select({css!r}): no CSS selector that selectolax knows: {error}") from None
    return [
        Element(
            tag=node.tag or "",
            text=" ".join(node.text().split()),
            attributes={name: value or "" for name, value in node.attributes.items()},
            html=node.html or "",
        )
        for node in nodes
    ]
