"""
What the worker has done, and the working-day calendar it counts with.

A calendar job runs once per slot because ``job_run`` is unique, however many
workers try.
"""

from piccolo.constraints import Unique
from piccolo.table import Table

from market.columns import day, document, key, moment, text, yes_no


class JobRun(Table, tablename="job_run"):
    """One run of one calendar job for one slot."""

    id = key()
    job = text()
    slot = moment()
    ran_by = text()
    finished_at = moment()
    result = document()

    job_run_once = Unique([job, slot])


class WorkerBeat(Table, tablename="worker_beat"):
    """When each worker was last alive."""

    id = key()
    worker = text(unique=True)
    seen_at = moment()


class Holiday(Table):
    """A day whose kind differs from its weekday (节假日与调休)."""

    id = key()
    on = day()
    is_workday = yes_no()
    name = text()
    source = text()
    provisional = yes_no()

    holiday_once = Unique([on])
