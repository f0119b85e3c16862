"""Tips that come back to where they started: shown to a moderator, who decides whether friends or tricks are at it."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from civitai import adapters
from wallet.policy import policy

SQL = """
    SELECT gave.owner_id, got.owner_id, sum(i.units), max(t.at)
    FROM wallet_transfer t
    JOIN wallet_entry o ON o.transfer_id = t.id AND o.units < 0
    JOIN wallet_account gave ON gave.id = o.account_id AND gave.kind = 'member'
    JOIN wallet_entry i ON i.transfer_id = t.id AND i.units > 0
    JOIN wallet_account got ON got.id = i.account_id AND got.kind = 'member'
    WHERE t.kind = 'tip' AND t.at >= %s
      AND NOT EXISTS (SELECT 1 FROM wallet_transfer r WHERE r.refunds_id = t.id)
    GROUP BY 1, 2 HAVING sum(i.units) >= %s
"""


def tell(*, now=None):
    """Tells "tip_ring" (members: their ids, newest_at: of its last tip) of each ring; returns how many. Twice is fine."""
    rings = found(now=now)
    for members, newest_at in rings:
        adapters.tell("tip_ring", members=members, newest_at=newest_at)
    return len(rings)


def found(*, now=None):
    """[(sorted ids of members from each of whom tips reach each other, when the newest of these was)].

    Only what is worth a look: between two of them at least `ring.least` within `ring.days`.
    """
    since = (now or timezone.now()) - timedelta(days=policy.ring_days)
    with connection.cursor() as cursor:
        cursor.execute(SQL, [since, policy.ring_least])
        edges = cursor.fetchall()
    to, newest = defaultdict(set), {}
    for giver, receiver, _units, at in edges:
        to[giver].add(receiver)
        newest[giver, receiver] = at
    rings = []
    for members in circles(to):
        within = [at for (giver, receiver), at in newest.items() if giver in members and receiver in members]
        rings.append((sorted(members), max(within)))
    return rings


def circles(to):
    """Sets of two and more that all reach each other by following {who: {whom}}: Kosaraju's two walks, without recursion."""
    back = defaultdict(set)
    for one, others in to.items():
        for other in others:
            back[other].add(one)
    order, seen = [], set()
    for start in sorted(to):
        _walk(start, to, seen, order.append)
    seen, sets = set(), []
    for start in reversed(order):
        reached = []
        _walk(start, back, seen, reached.append)
        if len(reached) > 1:
            sets.append(set(reached))
    return sets


def _walk(start, to, seen, leave):
    """Everything that is reached from `start` and not seen yet; `leave(one)` when all behind it is done."""
    if start in seen:
        return
    seen.add(start)
    path = [(start, iter(sorted(to.get(start, ()))))]
    while path:
        one, others = path[-1]
        other = next((other for other in others if other not in seen), None)
        if other is None:
            path.pop()
            leave(one)
        else:
            seen.add(other)
            path.append((other, iter(sorted(to.get(other, ())))))
