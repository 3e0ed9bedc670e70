"""What the service counts, for Prometheus: per application, never per process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import Scope

from api.vitals import Vitals
from kg.errors import KgError, QueryEnded, Refused
from kg.version import __version__

MEDIA_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Meters:
    """Counts requests and what became of them, and reads what the workspace counts itself.

    :param vitals: how the workspace is.
    """

    def __init__(self, vitals: Vitals) -> None:
        self._registry = registry = CollectorRegistry()
        told = ["method", "route", "status"]
        self._requests = Counter("stemma_requests", "Requests that were answered.", told, registry=registry)
        self._seconds = Histogram(
            "stemma_request_seconds", "Time to answer.", ["method", "route"], buckets=_BUCKETS, registry=registry
        )
        self._running = Gauge("stemma_requests_running", "Requests that are being answered.", registry=registry)
        self._refused = Counter("stemma_refused", "Changes that the gate refused.", registry=registry)
        self._problems = Counter("stemma_problems", "Errors that were told, by code.", ["code"], registry=registry)
        self._ended = Counter(
            "stemma_queries_ended", "Queries that were ended, by reason.", ["reason"], registry=registry
        )
        Gauge("stemma_info", "The version that runs.", ["version"], registry=registry).labels(__version__).set(1)
        registry.register(_Workspace(vitals))

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """A request that is being answered."""
        self._running.inc()
        try:
            yield
        finally:
            self._running.dec()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer under the template of its path, so that their number stays small."""
        state = scope["state"]
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = state.get("route") or "none"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        problem = state.get("problem")
        if isinstance(problem, KgError):
            self._problems.labels(problem.code).inc()
            if isinstance(problem, Refused):
                self._refused.inc()
            if isinstance(problem, QueryEnded):
                self._ended.labels(problem.reason).inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Workspace(Collector):
    """Reads a workspace when it is asked to."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """What the workspace counts."""
        found = self._vitals
        yield CounterMetricFamily("stemma_commits", "Commits in the journal.", value=found.commits)
        yield GaugeMetricFamily("stemma_journal_bytes", "Length of the journal.", value=found.journal_bytes)
        yield GaugeMetricFamily("stemma_ready", "Whether it can do its work.", value=float(found.ready))
        pool = found.pool
        if pool is not None:
            workers = GaugeMetricFamily("stemma_query_workers", "Query workers, by what they do.", labels=["state"])
            workers.add_metric(["idle"], pool.idle)
            workers.add_metric(["running"], pool.running)
            yield workers
            yield GaugeMetricFamily("stemma_queries_waiting", "Queries that wait for a worker.", value=pool.waiting)
            behind = max(0, found.commits - pool.commit)
            yield GaugeMetricFamily("stemma_queries_behind", "Commits that the workers lack.", value=behind)
