"""Lists that people put in order, by buttons where there is no script."""


def moved(order, wish):
    """`order` (keys) after a `wish` like "17 up", "17 down" or "17 first"; one that names nothing changes nothing."""
    order = list(order)
    name, _space, way = wish.partition(" ")
    if name.isascii() and name.isdecimal() and int(name) in order:
        at = order.index(int(name))
        to = {"up": max(0, at - 1), "down": at + 1, "first": 0}.get(way, at)
        order.insert(to, order.pop(at))
    return order
