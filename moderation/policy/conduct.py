"""The rules of conduct: conduct.toml, read once. Names are English sentences; `_()` them where they are shown."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

PATH = Path(__file__).with_name("conduct.toml")


@dataclass(frozen=True)
class Reason:
    key: str
    name: str
    queue: str
    severity: str
    clause: str
    visitors: bool
    hides: bool
    quarantine: bool


@dataclass(frozen=True)
class Clause:
    key: str
    name: str
    statement: str
    facts: tuple
    quarantine: bool


@dataclass(frozen=True)
class Second:
    followers: int
    items: int
    hours: int
    alarm_an_hour: int


@dataclass(frozen=True)
class Conduct:
    reasons: dict
    clauses: dict
    queues: dict
    decide: dict
    strike_lives: timedelta
    ladder: tuple
    appeal_window: timedelta
    letter_lives: timedelta
    hidden_a_day: int
    second: Second
    rest: timedelta
    long_sitting: timedelta

    def consequence(self, points):
        """(consequence, days or None) that so many live points have, or None."""
        reached = [step for step in self.ladder if points >= step[0]]
        return reached[-1][1:] if reached else None


def read(path=PATH):
    told = tomllib.loads(path.read_text())
    ladder = tuple((step["points"], step["consequence"], step["days"] or None) for step in told["strikes"]["ladder"])
    return Conduct(
        reasons={
            key: Reason(
                key,
                row["name"],
                row["queue"],
                row["class"],
                row["clause"],
                row.get("visitors", False),
                row.get("hides", False),
                row.get("quarantine", False),
            )
            for key, row in told["reasons"].items()
        },
        clauses={
            key: Clause(key, row["name"], row["statement"], tuple(row["facts"]), row.get("quarantine", False))
            for key, row in told["clauses"].items()
        },
        queues={key: row["name"] for key, row in sorted(told["queues"].items(), key=lambda pair: pair[1]["order"])},
        decide={key: timedelta(hours=row["decide_h"]) for key, row in told["classes"].items()},
        strike_lives=timedelta(days=told["strikes"]["lives_days"]),
        ladder=tuple(sorted(ladder)),
        appeal_window=timedelta(days=told["appeals"]["days"]),
        letter_lives=timedelta(days=told["appeals"]["letter_days"]),
        hidden_a_day=told["first"]["hidden_a_day"],
        second=Second(**told["second"]),
        rest=timedelta(minutes=told["sitting"]["break_minutes"]),
        long_sitting=timedelta(minutes=told["sitting"]["long_minutes"]),
    )


conduct = read()
