"""How the team does: what waits and how old it is, how long decisions take, how often they were wrong."""

from datetime import timedelta

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from moderation.models import Action, Appeal, Decision
from moderation.policy.conduct import conduct
from moderation.states import AppealState

PERIODS = (7, 30, 90)

QUEUES = """
SELECT queue,
       count(*) FILTER (WHERE state = 'open'),
       count(*) FILTER (WHERE state = 'open' AND due_at < %(now)s),
       min(created_at) FILTER (WHERE state = 'open'),
       count(*) FILTER (WHERE created_at >= %(since)s),
       count(*) FILTER (WHERE decided_at >= %(since)s),
       count(*) FILTER (WHERE decided_at >= %(since)s AND decided_at <= due_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY decided_at - created_at) FILTER (WHERE decided_at >= %(since)s),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY decided_at - created_at) FILTER (WHERE decided_at >= %(since)s)
  FROM moderation_item
 WHERE state = 'open' OR decided_at >= %(since)s OR created_at >= %(since)s
 GROUP BY queue
"""
NAMES = ("open", "late", "oldest", "came", "decided", "in_time", "half", "most")


def of_queues(days):
    """[{name, open, late, oldest, came, decided, in_time, half, most, promise}] of all queues in their order; one query.

    `half` and `most` are the times in which half and nine tenths of the last `days` were decided, None without any.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(QUEUES, {"now": now, "since": now - timedelta(days=days)})
        found = {row[0]: dict(zip(NAMES, row[1:], strict=True)) for row in cursor.fetchall()}
    none = dict.fromkeys(NAMES, 0) | {"oldest": None, "half": None, "most": None}
    rows = [{"key": key, "name": _(name)} | found.get(key, none) for key, name in conduct.queues.items()]
    for row in rows:
        row["share"] = round(100 * row["in_time"] / row["decided"]) if row["decided"] else None
    return rows


def of_rules(days):
    """[{clause, decided, undone, share}] of the rules that were decided by, most used first; two queries."""
    since = timezone.now() - timedelta(days=days)
    rows = Decision.objects.filter(at__gte=since).exclude(action=Action.KEEP).values("clause")
    rows = rows.annotate(decided=Count("pk"), undone=Count("pk", filter=Q(undone_at__isnull=False)))
    told = Appeal.objects.filter(decision__at__gte=since).values("decision__clause")
    told = told.annotate(all=Count("pk"), won=Count("pk", filter=Q(state=AppealState.UPHELD)))
    appeals = {row["decision__clause"]: row for row in told}
    return [
        {
            **row,
            "share": round(100 * row["undone"] / row["decided"]),
            "appeals": appeals.get(row["clause"], {}).get("all", 0),
            "won": appeals.get(row["clause"], {}).get("won", 0),
        }
        for row in rows.order_by("-decided", "clause")
    ]


def of_moderators(days):
    """[{name, decided, undone, agreed}]; for administrators, who train the team. One query."""
    since = timezone.now() - timedelta(days=days)
    rows = Decision.objects.filter(at__gte=since).values("by__username")
    rows = rows.annotate(
        decided=Count("pk"),
        undone=Count("pk", filter=Q(undone_at__isnull=False)),
        won=Count("pk", filter=Q(appeals__state=AppealState.UPHELD), distinct=True),
    )
    return list(rows.order_by("-decided", "by__username")[:100])
