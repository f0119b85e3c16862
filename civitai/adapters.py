"""How a lower room lets higher ones speak without importing them.

A *slot* is filled for many objects at once ("what lies above these models?"), a *hook* is told of an
event ("a member signed up"). Apps register in their AppConfig.ready().
"""

from collections import defaultdict

_slots = defaultdict(list)
_hooks = defaultdict(list)


def fill(slot, function):
    """Register `function(objects, **context) -> {pk: value}` for a slot."""
    _slots[slot].append(function)


def slot(name, objects, **context):
    """{pk: [values]} from everyone who fills the slot; each is asked once for all objects."""
    found = defaultdict(list)
    for function in _slots[name]:
        for key, value in function(objects, **context).items():
            found[key].append(value)
    return found


def on(event, function):
    """Register `function(**facts)` for an event."""
    _hooks[event].append(function)


def tell(event, **facts):
    """Call everyone registered for the event, in the caller's transaction. Their errors are the caller's."""
    return [function(**facts) for function in _hooks[event]]
