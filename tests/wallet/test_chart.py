"""The curve of the last thirty days: what it draws is what the ledger says."""

from datetime import date, timedelta

from wallet.chart import HEIGHT, SPANS, chart
from wallet.templatetags.wallet import amount, axis, has, signed

TODAY = date(2026, 11, 28)
DAYS = SPANS["month"][0]


def test_without_a_move_there_is_none():
    assert chart(0, [], today=TODAY) is None
    flat = chart(5000, [(5000, TODAY - timedelta(days=DAYS))], today=TODAY)
    assert not flat.bars and not flat.notes and (flat.came, flat.went) == (0, 0)
    assert len({point.split(",")[1] for point in flat.curve.split()}) == 1


def test_a_year_is_drawn_by_weeks_and_holds_what_a_month_does_not():
    moves = [(900, TODAY - timedelta(days=200)), (-100, TODAY - timedelta(days=201)), (50, TODAY)]
    month, year = (chart(850, moves, today=TODAY, span=span) for span in ("month", "year"))
    assert (month.came, month.went) == (50, 0) and (year.came, year.went) == (950, 100)
    old = [bar for bar in year.bars if bar.last < TODAY - timedelta(days=100)]
    assert {(bar.kind, bar.units) for bar in old} == {("in", 900), ("out", 100)}
    assert all(bar.first <= TODAY - timedelta(days=200) <= bar.last for bar in old)
    assert year.first == TODAY - timedelta(days=363) and year.labels[-1][1] == TODAY


def test_the_largest_rise_and_fall_are_named_where_they_do_not_meet():
    apart = chart(800, [(1000, TODAY - timedelta(days=25)), (-200, TODAY - timedelta(days=2))], today=TODAY)
    assert [(units, anchor) for _x, _y, units, anchor in apart.notes] == [(1000, "start"), (-200, "end")]
    close = chart(800, [(1000, TODAY), (-200, TODAY)], today=TODAY)
    assert [units for _x, _y, units, _anchor in close.notes] == [1000]


def test_each_day_ends_with_what_was_there():
    moves = [(-300, TODAY), (100, TODAY - timedelta(days=1)), (1000, TODAY - timedelta(days=10))]
    drawn = chart(800, moves, today=TODAY)
    heights = [float(point.split(",")[1]) for point in drawn.curve.split()][1::2]
    units = [round((HEIGHT - y) / HEIGHT * 2000) for y in heights]
    assert len(units) == DAYS and drawn.grid[-1][1] == 2000
    assert [units[-1], units[-2], units[-3]] == [800, 1100, 1000] and units[0] == 0
    assert (drawn.came, drawn.went) == (1100, 300) and len(drawn.bars) == 3
    assert (drawn.first, drawn.last) == (TODAY - timedelta(days=DAYS - 1), TODAY)


def test_more_was_spent_than_is_known_to_have_come():
    """The oldest moves may not be read any more: the curve stays on the ground, it does not go below."""
    drawn = chart(0, [(500, TODAY)], today=TODAY)
    assert all(float(point.split(",")[1]) <= HEIGHT for point in drawn.curve.split())


def test_parts_of_a_credit_are_never_cut_off():
    assert [amount(units) for units in (1_240_000, 20, 2500, 0)] == ["1,240", "0.02", "2.5", "0"]
    assert [signed(units) for units in (25_000, -300_000, -20, 0)] == ["+25", "−300", "−0.02", "0"]


def test_beside_the_drawing_large_amounts_are_short():
    said = [axis(units * 1000) for units in (0, 250, 99_000, 100_000, 200_000_000, 5_000_000_000)]
    assert said[:3] == ["0", "250", "99,000"] and all(len(text) <= 7 for text in said), said
    assert said[3] != said[4] != said[5]


def test_who_has_nothing_reads_0_and_not_free():
    assert ">0<" in has(0) and "Free" not in has(0) and ">1,240.5<" in has(1_240_500)
