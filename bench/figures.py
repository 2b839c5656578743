"""What a series of rounds says: median, spread, ratio; and whether a figure reaches its floor and its aim."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Round:
    """One round of load on one server: what the load tool counted, and the CPU that the server's processes used."""

    requests: int
    failed: int
    seconds: float
    cpu: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def per_cpu(self) -> float:
        """Requests per second of the server's CPU: sturdier than the rate where the machine is shared."""
        return self.requests / self.cpu if self.cpu else 0.0


@dataclass(frozen=True)
class Series:
    """The rounds of one contestant."""

    rounds: tuple[Round, ...]

    @property
    def rate(self) -> float:
        return median(each.rate for each in self.rounds)

    @property
    def per_cpu(self) -> float:
        return median(each.per_cpu for each in self.rounds)

    @property
    def p50_ms(self) -> float:
        return median(each.p50_ms for each in self.rounds)

    @property
    def p99_ms(self) -> float:
        return median(each.p99_ms for each in self.rounds)

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.rounds)

    @property
    def spread(self) -> float:
        """(best - worst) / median of the rates."""
        rates = [each.rate for each in self.rounds]
        return (max(rates) - min(rates)) / median(rates) if median(rates) else 0.0


def ratio(ours: Series, theirs: Series) -> float:
    """The median of the ratios round by round: two rounds that stand side by side share the machine's mood."""
    pairs = zip(ours.rounds, theirs.rounds, strict=True)
    return median(mine.rate / other.rate if other.rate else 0.0 for mine, other in pairs)


def cpu_ratio(ours: Series, theirs: Series) -> float:
    """The same by requests per second of server CPU."""
    pairs = zip(ours.rounds, theirs.rounds, strict=True)
    return median(mine.per_cpu / other.per_cpu if other.per_cpu else 0.0 for mine, other in pairs)


@dataclass(frozen=True)
class Verdict:
    """A figure beside its floor and its aim; `less` where a smaller figure is the better one."""

    what: str
    figure: float
    floor: float
    aim: float
    unit: str = "x"
    less: bool = False
    aside: str = ""

    @property
    def passes(self) -> bool:
        return self._reaches(self.floor)

    @property
    def reaches_aim(self) -> bool:
        return self._reaches(self.aim)

    def _reaches(self, mark: float) -> bool:
        return self.figure <= mark if self.less else self.figure >= mark

    @property
    def word(self) -> str:
        if not self.passes:
            return "MISS"
        return "PASS, aim met" if self.reaches_aim else "PASS, aim not met"


@dataclass(frozen=True)
class Books:
    """One endpoint's counters beside what the load tools got; `cut` is how many requests may have been in flight."""

    endpoint: str
    counted: int
    answered: int
    cut: int
    counted_failed: int
    answered_failed: int

    @property
    def balance(self) -> bool:
        """Every answer that arrived was counted; beyond them only what was cut in flight when a run ended."""
        beyond = self.counted - self.answered
        failed = self.counted_failed - self.answered_failed
        return 0 <= beyond <= self.cut and 0 <= failed <= beyond


def answers_in(exposition: str) -> dict[str, dict[int, int]]:
    """Read `satsuma_requests_total` as {endpoint: {status: count}} from the text of `/metrics`."""
    found: dict[str, dict[int, int]] = {}
    for line in exposition.splitlines():
        if not line.startswith("satsuma_requests_total{"):
            continue
        labels, _, value = line.removeprefix("satsuma_requests_total{").rpartition("} ")
        pairs = dict(part.split("=", 1) for part in labels.replace('",', '"\n').split("\n"))
        endpoint, status = pairs["endpoint"].strip('"'), int(pairs["status"].strip('"'))
        counts = found.setdefault(endpoint, {})
        counts[status] = counts.get(status, 0) + int(float(value))
    return found
