"""Counters, gauges and histograms in Prometheus's text form. Written by us: the client library brings globals and a
megabyte for three formats of a page of text. Knows no metric of any room.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Label sets of one metric; more means that something unbounded (an id) was used as a label.
SERIES_MAX = 256

# Seconds. From a cached look-up to what a person calls slow.
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

Labels = tuple[str, ...]


class _Metric:
    kind = ""

    def __init__(self, name: str, text: str, labels: Sequence[str]) -> None:
        self.name = name
        self.text = text
        self.labels = tuple(labels)

    def lines(self) -> list[str]:
        raise NotImplementedError

    def _place(self, values: Labels, extra: str = "") -> str:
        assert len(values) == len(self.labels), f"{self.name} has the labels {self.labels}"
        pairs = [f'{label}="{_escape(value)}"' for label, value in zip(self.labels, values, strict=True)]
        if extra:
            pairs.append(extra)
        return "{" + ",".join(pairs) + "}" if pairs else ""


class Counter(_Metric):
    kind = "counter"

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, text, labels)
        self._values: dict[Labels, float] = {}

    def add(self, amount: float = 1, labels: Labels = ()) -> None:
        known = self._values.get(labels)
        if known is None:
            assert len(self._values) < SERIES_MAX, f"{self.name} has an unbounded label"
            self._values[labels] = amount
        else:
            self._values[labels] = known + amount

    def lines(self) -> list[str]:
        return [f"{self.name}{self._place(values)} {_number(value)}" for values, value in self._values.items()]


class Gauge(_Metric):
    """Set from outside, or read at exposition when made with `read`."""

    kind = "gauge"

    def __init__(
        self, name: str, text: str, labels: Sequence[str] = (), read: Callable[[], float] | None = None
    ) -> None:
        super().__init__(name, text, labels)
        self._values: dict[Labels, float] = {}
        self._read = read

    def set(self, value: float, labels: Labels = ()) -> None:
        assert labels in self._values or len(self._values) < SERIES_MAX, f"{self.name} has an unbounded label"
        self._values[labels] = value

    def lines(self) -> list[str]:
        if self._read is not None:
            return [f"{self.name} {_number(self._read())}"]
        return [f"{self.name}{self._place(values)} {_number(value)}" for values, value in self._values.items()]


class Histogram(_Metric):
    kind = "histogram"

    def __init__(
        self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS_BUCKETS
    ) -> None:
        super().__init__(name, text, labels)
        self._buckets = tuple(sorted(buckets))
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, value: float, labels: Labels = ()) -> None:
        counts = self._counts.get(labels)
        if counts is None:
            assert len(self._counts) < SERIES_MAX, f"{self.name} has an unbounded label"
            counts = self._counts[labels] = [0] * (len(self._buckets) + 1)
            self._sums[labels] = 0.0
        place = 0
        for bound in self._buckets:
            if value <= bound:
                break
            place += 1
        counts[place] += 1
        self._sums[labels] += value

    def lines(self) -> list[str]:
        lines = []
        for values, counts in self._counts.items():
            running = 0
            for bound, count in zip((*self._buckets, float("inf")), counts, strict=True):
                running += count
                edge = "+Inf" if bound == float("inf") else _number(bound)
                place = self._place(values, 'le="' + edge + '"')
                lines.append(f"{self.name}_bucket{place} {running}")
            lines.append(f"{self.name}_sum{self._place(values)} {_number(self._sums[values])}")
            lines.append(f"{self.name}_count{self._place(values)} {running}")
        return lines


AnyMetric = TypeVar("AnyMetric", bound=_Metric)


class Metrics:
    """The metrics of one process; passed in, never global."""

    def __init__(self) -> None:
        self._metrics: dict[str, _Metric] = {}

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        return self._add(Counter(name, text, labels))

    def gauge(self, name: str, text: str, labels: Sequence[str] = (), read: Callable[[], float] | None = None) -> Gauge:
        return self._add(Gauge(name, text, labels, read))

    def histogram(
        self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS_BUCKETS
    ) -> Histogram:
        return self._add(Histogram(name, text, labels, buckets))

    def exposition(self) -> bytes:
        lines = []
        for metric in self._metrics.values():
            lines.append(f"# HELP {metric.name} {metric.text}")
            lines.append(f"# TYPE {metric.name} {metric.kind}")
            lines.extend(metric.lines())
        return ("\n".join(lines) + "\n").encode()

    def _add(self, metric: AnyMetric) -> AnyMetric:
        assert metric.name not in self._metrics, f"{metric.name} is there already"
        self._metrics[metric.name] = metric
        return metric


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
