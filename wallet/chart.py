"""The balance of the last thirty days as a curve, and what came and went on each day. Plain figures in, figures out."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

DAYS = 30
WIDTH, HEIGHT, BARS = 720, 140, 24
GAP = 34  # from the bottom of the curve to the line that the bars stand on


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True)
class Chart:
    curve: str
    area: str
    bars: list
    grid: list  # (y, credits)
    labels: list  # (x, day, where the text is anchored)
    first: object
    last: object
    came: int
    went: int
    base: int = HEIGHT + GAP
    width: int = WIDTH
    height: int = HEIGHT


def chart(now_units, moves, *, today):
    """`moves` are (signed units, date), newest first. None when nothing moved within the days shown."""
    first = today - timedelta(days=DAYS - 1)
    came, went = defaultdict(int), defaultdict(int)
    for units, day in moves:
        if day >= first:
            (came if units > 0 else went)[day] += abs(units)
    if not came and not went:
        return None
    days = [first + timedelta(days=number) for number in range(DAYS)]
    ends = _ends(now_units, days, came, went)
    top = _round_up(max(*ends, 1))
    step = WIDTH / DAYS
    points = []
    for number, units in enumerate(ends):
        y = round(HEIGHT - units / top * HEIGHT, 1)
        points += [(round(number * step, 1), y), (round((number + 1) * step, 1), y)]
    curve = " ".join(f"{x},{y}" for x, y in points)
    return Chart(
        curve=curve,
        area=f"0,{HEIGHT} {curve} {WIDTH},{HEIGHT}",
        bars=list(_bars(days, came, went, step)),
        grid=[(round(HEIGHT - part * HEIGHT, 1), int(top * part)) for part in (0, 0.5, 1)],
        labels=[(0, days[0], "start"), (WIDTH / 2, days[DAYS // 2], "middle"), (WIDTH, days[-1], "end")],
        first=days[0],
        last=days[-1],
        came=sum(came.values()),
        went=sum(went.values()),
    )


def _ends(now_units, days, came, went):
    """What was there at the end of each day, from today backwards."""
    ends, units = [], now_units
    for day in reversed(days):
        ends.append(units)
        units += went[day] - came[day]
    return [max(0, units) for units in reversed(ends)]


def _bars(days, came, went, step):
    most = max([*came.values(), *went.values()])
    for number, day in enumerate(days):
        x = round(number * step + step * 0.3, 1)
        for kind, units in (("in", came[day]), ("out", went[day])):
            if units:
                height = round(max(2, units / most * BARS), 1)
                yield Bar(x, HEIGHT + GAP - (height + 1 if kind == "in" else -1), height, kind)


def _round_up(units):
    """The next of 1, 2, 4, 5, 10 … above, so that half of it is a figure to read."""
    size = 10 ** math.floor(math.log10(units))
    return next(part * size for part in (1, 2, 4, 6, 8, 10) if part * size >= units)
