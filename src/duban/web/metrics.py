"""Figures for the monitoring system, in Prometheus' text format. Counts only: no names, no places."""

from datetime import datetime

from django.db.models import Count
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from duban.inspection.models import Finding
from duban.kernel import heartbeat, jobs
from duban.kernel.models import Event
from duban.rectification.models import WorkOrder


def text(at: datetime) -> bytes:
    """This function will return all figures as text."""
    registry = CollectorRegistry()
    last = heartbeat.last_tick()
    age = (at - last).total_seconds() if last else -1
    Gauge("duban_tick_age_seconds", "Seconds since the sweeps ran last (-1: never)", registry=registry).set(
        age
    )
    Gauge("duban_queue_pending", "Messages waiting in the queue", registry=registry).set(
        jobs.queue().pending_count()
    )
    unsealed = Event.objects.filter(seal_place=None).count()
    Gauge("duban_journal_unsealed", "Journal lines not sealed yet", registry=registry).set(unsealed)
    for name, model, told in (
        ("duban_findings", Finding, "Findings by state"), ("duban_orders", WorkOrder, "Work orders by state"),
    ):  # fmt: skip
        gauge = Gauge(name, told, ["state"], registry=registry)
        for row in model.objects.order_by().values("state").annotate(amount=Count("pk")):
            gauge.labels(row["state"]).set(row["amount"])
    return generate_latest(registry)
