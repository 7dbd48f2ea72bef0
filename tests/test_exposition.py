from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from mailsink.exposition import Family, openmetrics, text
from mailsink.meters import Histogram


def a_histogram() -> Histogram:
    histogram = Histogram((0.5, 1.0))
    histogram.observe(0.7)
    return histogram


FAMILIES = (
    Family(name="a_build", kind="info", help="What runs.", samples=(({"version": 'a"b\\c\nd'}, 1),)),
    Family.of("a_count", "counter", "How many.", 3),
    Family.of("a_level_bytes", "gauge", "How much.", 1.5),
    Family(name="a_time_seconds", kind="histogram", help="How long.", histogram=a_histogram()),
    Family(name="a_none", kind="counter", help="Nothing yet."),
)


def samples(families):
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


READ = [
    ("a_build_info", {"version": 'a"b\\c\nd'}, 1),
    ("a_count_total", {}, 3),
    ("a_level_bytes", {}, 1.5),
    ("a_time_seconds_bucket", {"le": "0.5"}, 0),
    ("a_time_seconds_bucket", {"le": "1.0"}, 1),
    ("a_time_seconds_bucket", {"le": "+Inf"}, 1),
    ("a_time_seconds_sum", {}, 0.7),
    ("a_time_seconds_count", {}, 1),
]


def test_prometheus_reads_the_text_format():
    assert samples(read_text(text(FAMILIES).decode())) == READ


def test_prometheus_reads_openmetrics():
    read = list(read_openmetrics(openmetrics(FAMILIES).decode()))

    assert samples(read) == READ
    assert [family.unit for family in read] == ["", "", "bytes", "seconds", ""]


def test_a_counter_is_described_under_its_whole_name_in_text():
    assert text(FAMILIES[1:2]).decode() == (
        "# HELP a_count_total How many.\n# TYPE a_count_total counter\na_count_total 3\n"
    )
