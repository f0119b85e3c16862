"""What the front page shows: six queries, and one for bounties, the same however much there is."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.queries import hidden_ids
from civitai.levels import Level, viewer_mask
from gallery.models import Image
from gallery.queries import image_cards, with_card
from models_hub.models import Choice, Model
from models_hub.queries import model_cards
from models_hub.queries import with_card as models_with_card
from models_hub.reviews import quotes_of

HUNG, SHELF, WALL = 4, 6, 16
# A post of twenty pictures would be the whole wall: so many of one, as long as others have some among the newest.
OF_ONE_POST, NEWEST = 3, 48
CANDIDATES = 12
TODAY = timedelta(hours=24)
# Upright pictures hang in the places for upright ones; what is narrower than a place would be blurred in it.
UPRIGHT, SHARP = 1.0, 256


@dataclass(frozen=True)
class Figures:
    pictures: int
    today: int
    models: int


def figures():
    """How much there is that anybody may see. Two queries."""
    shown = Image.objects.in_feed().filter(level=Level.PG)
    of_today = Q(sort_at__gte=timezone.now() - TODAY)
    pictures = shown.aggregate(all=Count("pk"), today=Count("pk", filter=of_today))
    return Figures(pictures["all"], pictures["today"], Model.objects.published().count())


def hang(user):
    """Four cards for the places of the hero: upright, wide, wide, and the most liked picture; [] where there are fewer.

    Only what is fit for everyone hangs there, whatever the viewer has chosen to see.
    """
    liked = with_card(Image.objects.in_feed().filter(level=Level.PG)).order_by("-likes", "-id")
    rows = [row for row in liked[:CANDIDATES] if row.picture.state == "ready"]
    if len(rows) < HUNG:
        return []
    lit, rest = rows[0], sorted(rows[1:], key=lambda row: row.picture.width < SHARP)
    upright = next((row for row in rest if row.picture.ratio > UPRIGHT and row.picture.width >= SHARP), rest[0])
    rest.remove(upright)
    wide = sorted(rest, key=lambda row: (row.picture.width < SHARP, row.picture.ratio >= UPRIGHT))[:2]
    cards = image_cards([upright, *wide, lit], user)
    cards[-1]["is_lit"] = lit.likes > 0
    return cards


@dataclass(frozen=True)
class Shelf:
    cards: list
    # Names of those who chose the cards; nobody where the newest stand there instead.
    chosen_by: list
    is_chosen: bool = False


def shelf(user):
    """The models that moderators chose this week, each with their words or a reader's; the newest where there are none.

    What the viewer does not see whole is not among the chosen. Two queries.
    """
    visible = Model.objects.listed_to(user).annotate(seen=F("level_mask").bitand(viewer_mask(user))).filter(seen__gt=0)
    ids = visible.filter(choice__in=Choice.objects.of_this_week()).order_by("-choice__at", "-id").values("pk")[:SHELF]
    newest = visible.order_by("-last_version_at", "-id").values("pk")[:SHELF]
    either = Model.objects.filter(pk__in=ids.union(newest, all=True)).select_related("choice__by")
    rows = list(models_with_card(either).order_by("-last_version_at", "-id"))
    said = quotes_of([row.pk for row in rows], user)
    pairs = [(row, card | said.get(row.pk, {})) for row, card in zip(rows, model_cards(rows, user), strict=True)]
    chosen = [(row, card) for row, card in pairs if _choice_of(row) and "covered" not in card]
    if not chosen:
        return Shelf([card for _row, card in pairs[:SHELF]], [])
    chosen.sort(key=lambda pair: pair[0].choice.at, reverse=True)
    known = [choice for row, _card in chosen if _is_named(choice := row.choice, user)]
    cards = [card | _words_of(row.choice, user) for row, card in chosen]
    return Shelf(cards, list(dict.fromkeys(choice.by.name for choice in known)), is_chosen=True)


def _choice_of(row):
    choice = getattr(row, "choice", None)
    return choice if choice and choice.is_of_this_week else None


def _is_named(choice, user):
    return choice.by.is_active and not choice.by.freeze_level and choice.by_id not in hidden_ids(user)


def _words_of(choice, user):
    return {"quote": choice.words, "by": choice.by.name} if choice.words and _is_named(choice, user) else {}


def wall(user):
    """Cards of the newest pictures, few of one post. One query."""
    rows = with_card(Image.objects.listed_to(user)).order_by("-sort_at", "-id")[:NEWEST]
    first, rest, met = [], [], Counter()
    for row in rows:
        met[row.post_id] += 1
        (first if met[row.post_id] <= OF_ONE_POST else rest).append(row)
    return image_cards([*first, *rest][:WALL], user, eager=0)
