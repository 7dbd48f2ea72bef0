"""Measurements as Prometheus reads them: its text format 0.0.4, and OpenMetrics 1.0.

Knows no sink: families come in as values, octets go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .meters import Histogram

__all__ = ["OPENMETRICS", "TEXT", "Family", "openmetrics", "text"]

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram", "info"]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Measurements of one *name*, which for a counter is without ``_total``.

    *samples* are labels and a value; of a histogram there is one, in *histogram*. *help* is one sentence.
    """

    name: str
    kind: Kind
    help: str
    samples: tuple[tuple[Labels, float], ...] = ()
    histogram: Histogram | None = field(default=None, compare=False)

    @classmethod
    def of(cls, name: str, kind: Kind, help_: str, value: float) -> Family:
        """A family of one measurement without labels."""
        return cls(name=name, kind=kind, help=help_, samples=(({}, value),))


def text(families: Iterable[Family]) -> bytes:
    """The text format 0.0.4 (prometheus.io, Exposition formats)."""
    lines: list[str] = []
    for family in families:
        suffix = {"counter": "_total", "info": "_info"}.get(family.kind, "")
        kind = "gauge" if family.kind == "info" else family.kind
        lines += [f"# HELP {family.name}{suffix} {family.help}", f"# TYPE {family.name}{suffix} {kind}"]
        lines += _samples(family)
    return "".join(f"{line}\n" for line in lines).encode()


def openmetrics(families: Iterable[Family]) -> bytes:
    """OpenMetrics 1.0: the name that is described has no suffix, a unit is told, and the end is marked."""
    lines: list[str] = []
    for family in families:
        unit = next((word for word in ("seconds", "bytes") if family.name.endswith(f"_{word}")), "")
        lines += [f"# TYPE {family.name} {family.kind}"]
        lines += [f"# UNIT {family.name} {unit}"] if unit else []
        lines += [f"# HELP {family.name} {family.help}", *_samples(family)]
    return "".join(f"{line}\n" for line in (*lines, "# EOF")).encode()


def _samples(family: Family) -> Iterator[str]:
    suffix = {"counter": "_total", "info": "_info"}.get(family.kind, "")
    for labels, value in family.samples:
        yield f"{family.name}{suffix}{_labelled(labels)} {_number(value)}"
    histogram = family.histogram
    if histogram is not None:
        bounds = (*map(_number, map(float, histogram.bounds)), "+Inf")
        for bound, count in zip(bounds, histogram.cumulated, strict=True):
            yield f'{family.name}_bucket{{le="{bound}"}} {count}'
        yield f"{family.name}_sum {_number(histogram.total)}"
        yield f"{family.name}_count {histogram.count}"


def _labelled(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return repr(value)
