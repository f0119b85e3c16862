"""What a decided case leaves in the registry against coming back: only what people decided gets in."""

from civitai import adapters
from moderation.domain import registry


def enter(case, target, outcome):
    """How many entries were made. "kept" takes back what this case had entered.

    Rooms say which hashes a thing has: the slot "hashes_of" gives {(label, key): {kind: values}}.
    """
    source = f"case {case.reference}"
    if outcome == "kept":
        registry.withdraw(source, by=None, because=f"{source} was put back")
        return 0
    if outcome == "renamed":
        wanted = [(kind, name, "hold") for name in case.names for kind in ("name", "trigger")]
    elif outcome == "removed":
        key = (target.subject, target.row)
        found = adapters.slot("hashes_of", [key]).get(key, [])
        mode = "hold" if case.track == "style" else "block"
        wanted = [(kind, value, mode) for told in found for kind, values in told.items() for value in values]
    else:
        return 0
    return sum(registry.enter(kind, value, mode=mode, source=source) is not None for kind, value, mode in wanted)
