"""One JSON line per figure: figure, value, unit, peer, goal, holds; or why it was skipped."""

import json


def tell(figure, value, unit, *, peer=None, goal=None, holds=True):
    """Prints the line; returns 0 when the goal holds (or there is none), else 1."""
    print(
        json.dumps({"figure": figure, "value": value, "unit": unit, "peer": peer, "goal": goal, "holds": bool(holds)}),
        flush=True,
    )
    return int(not holds)


def skip(figure, why):
    """What can't be measured here is no miss."""
    print(json.dumps({"figure": figure, "value": None, "skipped": why}), flush=True)
    return 0
