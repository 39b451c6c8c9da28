"""What Prometheus would read from a worker."""

import re
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection

SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def get(address: str, path: str, method: str = "GET") -> tuple[int, str]:
    """Status and body of an HTTP answer."""
    connection = HTTPConnection(address, timeout=60)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@dataclass(frozen=True)
class Sample:
    """One line of a scrape."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Scrape:
    """One answer of a metrics endpoint."""

    text: str

    @classmethod
    def of(cls, address: str) -> "Scrape":
        """Read a worker's metrics."""
        status, text = get(address, "/metrics")
        assert status == 200
        return cls(text)

    @cached_property
    def samples(self) -> list[Sample]:
        """All samples; every line that is no comment must be one."""
        found = []
        for line in self.text.splitlines():
            if line and not line.startswith("#"):
                sample = SAMPLE.match(line)
                assert sample is not None, line
                labels = dict(LABEL.findall(sample["labels"] or ""))
                found.append(Sample(sample["name"], labels, float(sample["value"])))
        return found

    @property
    def names(self) -> set[str]:
        """The names of all samples: those of a histogram have its suffixes."""
        return {sample.name for sample in self.samples}

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels; fails if there is none."""
        values = [s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items()]
        assert values, f"no {name} with {labels}"
        return sum(values)
