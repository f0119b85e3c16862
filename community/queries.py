"""Conversations and collections as pages show them. Query counts are part of what these promise."""

from dataclasses import dataclass, field

from django.db.models import BooleanField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from accounts.queries import hidden_tag_ids as hidden_tag_ids  # the same answer under the name that content asks for
from civitai import paging
from community.models import Collection, CollectionItem, Comment, Picture, Reaction, Tag, Thread
from community.states import PictureState

PAGE = 20
# Answers shown of each conversation; all of one that is asked for.
ANSWERS, ALL_ANSWERS = 12, 300
COMMENT = "community.Comment"


@dataclass
class Conversation:
    """What is shown of a thread: its roots, each with `.shown_answers` (flat, in order, each with a `.depth`)."""

    roots: list = field(default_factory=list)
    count: int = 0
    is_locked: bool = False
    next_cursor: str | None = None


def conversation(user, label, row_id, *, cursor=None, focus=None, may_lock=False, limit=PAGE):
    """One page of a thread, the pinned one first, then the newest. `focus`: this comment's talk stands first, whole.

    One query; one more for `focus`, and for who `may_lock` an empty thread: others learn that it is closed when they
    write. Raises BadCursor.
    """
    # A thread that is found once, so that its roots come in the order of their index.
    thread = Subquery(Thread.objects.filter(subject=label, row=row_id).values("pk")[:1])
    roots = _roots(user, thread, cursor).order_by("-is_pinned", "-id").values("pk")[: limit + (2 if focus else 1)]
    rows = _with_people(Comment.objects.filter(root__in=roots, place__lte=ANSWERS), user)
    rows = {row.pk: row for row in rows.order_by("root", "place")}
    if focus:
        here = Subquery(Comment.objects.filter(pk=focus, thread=thread).values("root")[:1])
        talk = _with_people(Comment.objects.filter(root=here, place__lte=ALL_ANSWERS), user)
        rows |= {row.pk: row for row in talk.order_by("place")}
    if not rows:
        empty = Thread.objects.filter(subject=label, row=row_id).first() if may_lock else None
        return Conversation(is_locked=bool(empty and empty.is_locked))
    one = next(iter(rows.values())).thread
    found = Conversation(count=one.comments, is_locked=one.is_locked)
    grouped = sorted(_grouped(rows.values()), key=lambda root: (root.is_pinned, root.pk), reverse=True)
    focused = rows[focus].root_id if focus in rows else None
    listed = [root for root in grouped if root.pk != focused]
    if len(listed) > limit:
        listed = listed[:limit]
        found.next_cursor = paging.encode([listed[-1].is_pinned, listed[-1].pk])
    first = [root for root in grouped if root.pk == focused]
    found.roots = [root for root in [*first, *listed] if _pruned(root, user)]
    return found


def _roots(user, thread, cursor):
    """The beginnings of a thread's conversations that `user` sees, or that were answered."""
    roots = Comment.objects.filter(thread=thread, parent=None).exclude(Q(said=0) & ~Q(removed_at=None))
    if not getattr(user, "is_moderator", False):
        hidden = Q(said=0) & ~Q(hidden_at=None)
        roots = roots.exclude(hidden & ~Q(author=user) if user.is_authenticated else hidden)
    if cursor:
        values = paging.decode(cursor, [Comment._meta.get_field("is_pinned"), Comment._meta.get_field("id")])
        roots = roots.filter(TupleLessThan(Tuple("is_pinned", "id"), tuple(values)))
    return roots


def _with_people(rows, user):
    liked = Value(False, output_field=BooleanField())
    if user.is_authenticated:
        liked = Exists(Reaction.objects.filter(subject=COMMENT, row=OuterRef("pk"), user=user, kind="heart"))
    return rows.select_related("author", "thread").annotate(is_liked=liked)


def _grouped(rows):
    """The roots, each with those of its rows that came along."""
    roots = {row.pk: row for row in rows if row.parent_id is None}
    for root in roots.values():
        root.shown_answers = []
    for row in rows:
        if row.parent_id is not None and row.root_id in roots:
            roots[row.root_id].shown_answers.append(row)
    return list(roots.values())


def _pruned(root, user):
    """Answers in the order of a tree, without what `user` does not see; False when nothing is left to show.

    What is gone and was answered stays as a line (`.is_gone`).
    """
    below = {}
    for row in root.shown_answers:
        below.setdefault(row.parent_id, []).append(row)
    root.shown_answers = []
    _walk(root, below, root.shown_answers, user)
    root.more_answers = max(root.said - ANSWERS, 0) if len(root.shown_answers) <= ANSWERS else 0
    root.is_gone = not _is_seen(root, user)
    return not root.is_gone or bool(root.shown_answers)


def _walk(row, below, into, user):
    for one in below.get(row.pk, ()):
        at = len(into)
        _walk(one, below, into, user)
        one.is_gone = not _is_seen(one, user)
        if not one.is_gone or len(into) > at:
            into.insert(at, one)


def _is_seen(row, user):
    """As CommentQuerySet.visible_to says it, for rows at hand."""
    if row.removed_at is not None:
        return False
    if getattr(user, "is_moderator", False):
        return True
    is_own = user.is_authenticated and row.author_id == user.pk
    if row.is_hidden and not is_own:
        return False
    return is_own or row.author_id not in getattr(user, "hidden_people", ())


def shown_comment(user, pk):
    """A comment with all that its parts need, or None."""
    return _with_people(Comment.objects.visible_to(user), user).filter(pk=pk).first()


# Collections.


def saved_by(user, label):
    """For annotate(is_saved=…): whether `user` keeps the row in a collection of theirs."""
    if not user.is_authenticated:
        return Value(False, output_field=BooleanField())
    return Exists(CollectionItem.objects.filter(collection__owner=user, subject=label, row=OuterRef("pk")))


def is_saved(user, label, row_id):
    rows = CollectionItem.objects.filter(collection__owner_id=user.pk, subject=label, row=row_id)
    return user.is_authenticated and rows.exists()


def collections_for(user, label, row_id):
    """`user`'s collections, the latest first, each with `has_it`. One query."""
    has = Exists(CollectionItem.objects.filter(collection=OuterRef("pk"), subject=label, row=row_id))
    return Collection.objects.filter(owner=user, is_saved=False).annotate(has_it=has).order_by("-changed_at", "-id")


def collections_of(person, user):
    """Those of `person` that stand on the profile for `user`; their own see all of theirs."""
    rows = Collection.objects.filter(owner=person)
    return rows if user.pk == person.pk else rows.filter(pk__in=Collection.objects.listed_to(user).values("pk"))


def hidden_tags(user):
    """The tags that `user` never wants to see."""
    return Tag.objects.filter(pk__in=hidden_tag_ids(user))


def covers_of(keys):
    """Fills "picture_covers": {key: (mean colour, blurred data:image)} of what is named but not shown."""
    from community.models import Picture
    from community.pixels import thumbhash

    rows = Picture.objects.filter(pk__in=list(keys)).values_list("pk", "tone", "thumbhash")
    return {pk: (tone, thumbhash.data_url(small) if small else "") for pk, tone, small in rows}


def small_pictures(ids, user):
    """Fills "small_pictures" of the rooms below: {id: address} of those whose bytes `user` may have and has chosen to see."""
    rows = Picture.objects.bytes_for(user).filter(pk__in=ids, state=PictureState.READY)
    return {row.pk: row.url(96) for row in rows}
