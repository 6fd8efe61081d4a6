"""The metrics of a site, read as Prometheus reads them."""

import urllib.request
from collections.abc import Mapping
from urllib.error import HTTPError

from prometheus_client.parser import text_string_to_metric_families


class Metrics:
    """What beat serves at *port*."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str = "/metrics") -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def answers(self) -> bool:
        try:
            return self.ask()[0] == 200
        except OSError:
            return False

    def samples(self) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
        """Every value, by its name and labels."""
        families = text_string_to_metric_families(self.ask()[1])
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.samples()[f"shadow_sync_{name}", frozenset(labels.items())]

    def by(self, name: str, label: str, **labels: str) -> dict[str, int]:
        """The values above 0 of one metric, by one of its labels, the others being as given."""
        return {
            dict(found)[label]: int(value)
            for (metric, found), value in self.samples().items()
            if metric == f"shadow_sync_{name}" and labels.items() <= dict(found).items() and value
        }
