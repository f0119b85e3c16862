"""What the workbench and the pages of decisions show."""

from datetime import timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from civitai import adapters
from moderation import subjects
from moderation.domain import striking
from moderation.models import Action, Appeal, Decision, Item, ModerationEvent, Proposal
from moderation.policy.conduct import conduct
from moderation.states import AppealState, ItemState

LINE = 50
ALIKE = 5


def queues(current):
    """All queues in their order: [{key, name, count, late, current}]; one query."""
    open_items = Item.objects.filter(state=ItemState.OPEN).values("queue")
    late = Count("pk", filter=Q(due_at__lt=timezone.now()))
    found = {row["queue"]: row for row in open_items.annotate(n=Count("pk"), late=late, oldest=Min("created_at"))}
    return [
        {
            "key": key,
            "name": _(name),
            "count": found.get(key, {}).get("n", 0),
            "late": found.get(key, {}).get("late", 0),
            "oldest": found.get(key, {}).get("oldest"),
            "current": key == current,
        }
        for key, name in conduct.queues.items()
    ]


def first_queue():
    """The first in order that holds something, else the reports'."""
    held = set(Item.objects.filter(state=ItemState.OPEN).values_list("queue", flat=True).distinct())
    return next((key for key in conduct.queues if key in held), "reports")


def line(queue):
    """The open items of a queue, closest to their hour first, with what they are about: three queries and one a kind."""
    items = list(
        Item.objects.filter(queue=queue, state=ItemState.OPEN)
        .select_related("claimed_by")
        .annotate(told=Count("reports"))
        .order_by("due_at", "id")[:LINE]
    )
    described = subjects.describe([(item.subject, item.row) for item in items])
    for item in items:
        item.described = described.get((item.subject, item.row))
    first = {one.described.pictures[0]: one for one in items if one.described and one.described.pictures}
    covers = (
        adapters.slot("picture_covers", [key for key, one in first.items() if not is_quarantined(one)]) if first else {}
    )
    for item in items:
        shown = item.described.pictures[:1] if item.described else ()
        item.tone, item.blur = next((covers[key][0] for key in shown if covers.get(key)), ("", ""))
        item.left, item.urgency = _clock(item)
        item.kind_name = subjects.kind_of(item.subject).name if subjects.is_known(item.subject) else item.subject
    return items


def is_quarantined(item):
    """Whether its pictures are an administrator's alone."""
    rule = conduct.clauses.get(item.clause)
    return bool(rule and rule.quarantine)


def _clock(item):
    """(seconds left, "", "warn" or "over"): warn from three quarters of what was promised."""
    now = timezone.now()
    left, whole = item.due_at - now, item.due_at - item.created_at
    urgency = "over" if left < timedelta(0) else "warn" if left < whole / 4 else ""
    return _coarse(abs(left)), urgency


def _coarse(left):
    """In one unit from two hours on: a list is read at a glance."""
    for unit in (timedelta(days=1), timedelta(hours=1)):
        if left >= 2 * unit:
            return left // unit * unit
    return left


def person_facts(user):
    """What a moderator should know of who owns it."""
    decided = Decision.objects.filter(owner=user, undone_at=None).exclude(action=Action.KEEP)
    appeals = Appeal.objects.filter(by=user, side="author")
    points, ends = striking.standing(user)
    return {
        "points": points,
        "ends": ends,
        "next": striking.consequence_of(points + 1),
        "removed": decided.count(),
        "appeals": appeals.count(),
        "appeals_won": appeals.filter(state=AppealState.UPHELD).count(),
    }


def alike(item):
    """The last decisions on the same rule, so that the same is decided the same way; newest first."""
    found = Decision.objects.filter(undone_at=None).exclude(item=item)
    found = (
        found.filter(Q(clause=item.clause) | Q(item__clause=item.clause))
        if item.clause
        else found.filter(subject=item.subject)
    )
    return list(found.select_related("by").order_by("-at")[:ALIKE])


def appeal_of(item):
    if item.subject != "moderation.Appeal":
        return None
    return Appeal.objects.select_related("decision__by", "by").filter(pk=item.row).first()


def proposal_of(item):
    """What is asked of a second moderator, with what it is about; None for other items."""
    if item.subject != "moderation.Proposal":
        return None
    return Proposal.objects.select_related("item", "by").filter(pk=item.row).first()


def reports_of(user):
    """The newest of what this member told us: [{title, kind, at, decision}]; `decision` is None while it waits."""
    rows = list(user.reports.select_related("item").order_by("-at")[:LINE])
    named = [(row.item.subject, row.item.row) for row in rows]
    described = subjects.describe(named)
    newest = Decision.objects.filter(item__in=[row.item_id for row in rows], undone_at=None).order_by("at")
    decided = {one.item_id: one for one in newest}
    return [
        {
            "title": described[name].title
            if name in described
            else (decided[row.item_id].title if row.item_id in decided else _("It is not there any more")),
            "kind": subjects.kind_of(row.item.subject).name if subjects.is_known(row.item.subject) else "",
            "at": row.at,
            "decision": decided.get(row.item_id) if row.item.state == ItemState.DECIDED else None,
        }
        for row, name in zip(rows, named, strict=True)
    ]


def decision_on(rows, user):
    """The newest standing decision on one of `rows` that this viewer may read, or None."""
    named = Q()
    for row in rows:
        label, pk = subjects.named(row)
        named |= Q(subject=label, row=pk)
    found = Decision.objects.visible_to(user).filter(named, undone_at=None).exclude(action=Action.KEEP)
    return found.order_by("-at").first()


def last_decision(user):
    """What this moderator decided last, for undoing; `in_batch`: with how many others in one go."""
    row = Decision.objects.filter(by=user, undone_at=None).order_by("-at").first()
    if row is not None:
        row.in_batch = Decision.objects.filter(batch=row.batch, undone_at=None).count() if row.batch else 1
    return row


# More than anybody decides between two breaks.
MOST_IN_A_SITTING = 500


def sitting(user):
    """What this moderator has decided since the last break: {count, since, is_long}, or None in a break; one query."""
    now = timezone.now()
    earliest = now
    count = 0
    for at in Decision.objects.filter(by=user).order_by("-at").values_list("at", flat=True)[:MOST_IN_A_SITTING]:
        if earliest - at > conduct.rest:
            break
        earliest, count = at, count + 1
    if not count:
        return None
    return {"count": count, "since": now - earliest, "is_long": now - earliest >= conduct.long_sitting}


def public_log():
    """Redacted: what was done by which rule, never who or to whom."""
    return ModerationEvent.objects.exclude(what="report").only("id", "at", "what", "subject", "clause", "hash")
