"""What the nights did: their runs, and what every job of the night left in its record."""

from datetime import date, datetime

from asyncpg import Record

from market.db import fetch


async def nights(most: int) -> list[Record]:
    """List the runs of the last nights, newest first, without those that followed objections."""
    sql = """
    select as_of, ruleset, agencies, computed_at, result_hash from score_run where number = 1
    order by as_of desc limit $1
    """
    return await fetch(sql, most)


async def runs_of(as_of: date) -> list[Record]:
    """List every run of a day with the agencies of each grade."""
    sql = """
    select r.number, r.ruleset, r.code_version, r.agencies, r.computed_at, r.inputs_hash, r.result_hash,
      (select coalesce(jsonb_object_agg(g.grade, g.many), '{}') from (
        select grade, count(*) as many from agency_score s where s.run = r.id group by grade) g) as grades
    from score_run r where r.as_of = $1 order by r.number
    """
    return await fetch(sql, as_of)


async def jobs_of(begins: datetime, ends: datetime) -> list[Record]:
    """List what ran for the slots of a night, with what each job left."""
    sql = "select job, slot, finished_at, result from job_run where slot >= $1 and slot < $2 order by slot, job"
    return await fetch(sql, begins, ends)


async def signals_of(as_of: date) -> dict[str, int]:
    """Count the signals of a night by their code."""
    sql = """
    select g.code, count(*) as many from signal g join score_run r on r.id = g.run
    where r.as_of = $1 and r.number = 1 group by g.code order by g.code
    """
    return {each["code"]: each["many"] for each in await fetch(sql, as_of)}
