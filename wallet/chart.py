"""The balance of a month or a year as a curve, and what came and went. Plain figures in, figures out."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

# (steps, days in a step): a year is drawn by weeks.
SPANS = {"month": (30, 1), "year": (52, 7)}
WIDTH, HEIGHT, BARS = 720, 140, 24
APART = 190  # between the two figures that stand on the curve, so that they never meet
GAP = 34  # from the bottom of the curve to the line that the bars stand on


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    kind: str
    units: int
    first: object
    last: object


@dataclass(frozen=True)
class Chart:
    curve: str
    area: str
    bars: list
    grid: list  # (y, credits)
    labels: list  # (x, day, where the text is anchored, whether a phone has room for it)
    notes: list  # (x, y, signed units, where the text is anchored): the most that came, and that went, in one step
    span: str
    first: object
    last: object
    came: int
    went: int
    base: int = HEIGHT + GAP
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def bar_width(self):
        return round(WIDTH / SPANS[self.span][0] * 0.4, 1)


def chart(now_units, moves, *, today, span="month"):
    """`moves` are (signed units, date). None for who has nothing, and had nothing in all the time that they cover."""
    if not moves and not now_units:
        return None
    steps, days = SPANS[span]
    first = today - timedelta(days=steps * days - 1)
    came, went = defaultdict(int), defaultdict(int)
    for units, day in moves:
        if day >= first:
            (came if units > 0 else went)[(day - first).days // days] += abs(units)
    ends = _ends(now_units, steps, came, went)
    top = _round_up(max(*ends, 1))
    step = WIDTH / steps
    levels = [round(HEIGHT - units / top * HEIGHT, 1) for units in ends]
    points = [(round(x * step, 1), y) for number, y in enumerate(levels) for x in (number, number + 1)]
    curve = " ".join(f"{x},{y}" for x, y in points)
    dates = [first + timedelta(days=number * days) for number in range(steps)]
    return Chart(
        curve=curve,
        area=f"0,{HEIGHT} {curve} {WIDTH},{HEIGHT}",
        bars=list(_bars(dates, days, came, went, step)),
        grid=[(round(HEIGHT - part * HEIGHT, 1), int(top * part)) for part in (0, 0.5, 1)],
        labels=_labels(dates, today),
        notes=list(_notes(levels, came, went, step)),
        span=span,
        first=first,
        last=today,
        came=sum(came.values()),
        went=sum(went.values()),
    )


def _ends(now_units, steps, came, went):
    """What was there at the end of each step, from today backwards."""
    ends, units = [], now_units
    for number in reversed(range(steps)):
        ends.append(units)
        units += went[number] - came[number]
    return [max(0, units) for units in reversed(ends)]


def _bars(dates, days, came, went, step):
    most = max([*came.values(), *went.values(), 1])
    for number, day in enumerate(dates):
        x = round(number * step + step * 0.3, 1)
        for kind, units in (("in", came[number]), ("out", went[number])):
            if units:
                height = round(max(2, units / most * BARS), 1)
                y = HEIGHT + GAP - (height + 1 if kind == "in" else -1)
                yield Bar(x, y, height, kind, units, day, day + timedelta(days=days - 1))


def _labels(dates, today):
    ends = [(0, dates[0], "start", True), (WIDTH, today, "end", True)]
    between = [(WIDTH * part // 4, dates[len(dates) * part // 4], "middle", part == 2) for part in (1, 2, 3)]
    return [ends[0], *between, ends[1]]


def _notes(levels, came, went, step):
    """Above a rise its figure; beside a fall, where the curve has left room, its."""
    rise, fall = (max(moved, key=moved.get) if any(moved.values()) else None for moved in (came, went))
    if rise is not None:
        x = round(rise * step, 1)
        yield x, levels[rise] - 8, came[rise], "start" if x < WIDTH / 2 else "end"
    if fall is not None and (rise is None or abs(rise - fall) * step > APART):
        x, before = round(fall * step, 1), levels[fall - 1] if fall else levels[0]
        side = 6 if x < WIDTH / 2 else -6
        yield x + side, round((before + levels[fall]) / 2 + 4, 1), -went[fall], "start" if side > 0 else "end"


def _round_up(units):
    """The next of 1, 2, 4, 5, 10 … above, so that half of it is a figure to read."""
    size = 10 ** math.floor(math.log10(units))
    return next(part * size for part in (1, 2, 4, 6, 8, 10) if part * size >= units)
