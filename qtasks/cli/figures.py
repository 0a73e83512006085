"""The figures of an app as plain values, for JSON and for tables."""

from typing import Any

from qtasks import v1
from qtasks.cli.facts import moment, queue_facts, seconds, worker_facts
from qtasks.cli.output import Facts


def stats_facts(stats: v1.Stats) -> Facts:
    """Describe an app in figures."""
    return {
        "app": stats.app,
        "time": moment(stats.time),
        "workers": stats.workers,
        "slots": stats.slots,
        "tasks": stats.tasks,
        "storage": stats.storage,
        "broker": stats.broker_id,
        "broker_version": stats.broker_version,
        "uptime_seconds": round(seconds(stats.uptime), 3),
        "queues": [queue_facts(queue) for queue in stats.queues],
        "activity": activity_facts(stats.activity),
        "running": [running_facts(task) for task in stats.running],
        "live_workers": [worker_facts(worker) for worker in stats.live_workers],
    }


def activity_facts(activity: v1.Activity) -> Facts:
    """Describe what went through a broker in the last seconds."""
    return {
        "rate_window_seconds": seconds(activity.rate_window),
        "latency_window_seconds": seconds(activity.latency_window),
        "total": figure_facts(activity.total),
        "queues": [figure_facts(one) for one in activity.queues],
        "tasks": [figure_facts(one) for one in activity.tasks],
    }


def figure_facts(figures: v1.ActivityFigures) -> Facts:
    """Describe how much and how fast: per second, and in seconds."""
    return {
        "name": figures.name,
        "submitted_rate": round(figures.submitted_rate, 3),
        "started_rate": round(figures.started_rate, 3),
        "ended_rate": round(figures.ended_rate, 3),
        "failed_rate": round(figures.failed_rate, 3),
        "wait": latency_facts(figures.wait),
        "run": latency_facts(figures.run),
    }


def latency_facts(latency: v1.Latency) -> dict[str, Any]:
    """Describe how long something took, in seconds; `None` where nothing did."""
    known = latency.count > 0
    return {
        "count": latency.count,
        "p50": seconds(latency.p50) if known else None,
        "p95": seconds(latency.p95) if known else None,
        "p99": seconds(latency.p99) if known else None,
    }


def running_facts(task: v1.RunningTask) -> Facts:
    """Describe a task that runs."""
    progress = task.progress
    return {
        "id": task.id,
        "name": task.name,
        "queue": task.queue,
        "worker": task.worker_id,
        "attempt": task.attempt,
        "started": moment(task.start_time),
        "progress": {
            "done": progress.done,
            "total": progress.total or None,
            "note": progress.note or None,
        }
        if task.HasField("progress")
        else None,
    }


def rate(per_second: float) -> str:
    """Write a rate in at most six characters."""
    if per_second < 0.05:  # noqa: PLR2004  # would be written as 0.0
        return "0" if per_second == 0 else "<0.1"
    if per_second < 100:  # noqa: PLR2004  # three digits say enough
        return f"{per_second:.1f}"
    if per_second < 10_000:  # noqa: PLR2004
        return f"{per_second:.0f}"
    return f"{per_second / 1000:.1f}k"


def length(seconds_long: float | None) -> str:
    """Write a length of time in at most six characters."""
    if seconds_long is None:
        return "-"
    for unit, name in ((1e-3, "µs"), (1.0, "ms"), (60.0, "s")):
        if seconds_long < unit:
            value = seconds_long * {"µs": 1e6, "ms": 1e3, "s": 1.0}[name]
            return f"{value:.0f}{name}" if value >= 10 else f"{value:.1f}{name}"  # noqa: PLR2004
    return age(seconds_long)


def age(seconds_long: float) -> str:
    """Write how old something is, in whole units: `42s`, `3m07s`, `2h05m`, `4d03h`."""
    whole = max(0, int(seconds_long))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    if minutes:
        return f"{minutes}m{rest:02}s"
    return f"{rest}s"
