"""Rating levels as bit flags, and which of them a viewer sees.

An image has exactly one level; a model, post or collection holds the union of its images' levels.
Source of the values: the published API (PG 1 … Blocked 32).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    UNRATED = 0, _("not rated yet")
    PG = 1, "PG"
    PG13 = 2, "PG-13"
    R = 4, "R"
    X = 8, "X"
    XXX = 16, "XXX"
    BLOCKED = 32, _("blocked")


SAFE = Level.PG | Level.PG13
SHOWABLE = Level.PG | Level.PG13 | Level.R | Level.X | Level.XXX
LADDER = [Level.PG, Level.PG13, Level.R, Level.X, Level.XXX]


def up_to(level):
    """The mask of a level and all below it: up_to(R) = PG | PG13 | R."""
    return sum(step for step in LADDER if step <= level)


def viewer_mask(user):
    """What this viewer sees. Nobody signed in sees PG alone; members choose, blocked is never shown."""
    if not getattr(user, "is_authenticated", False):
        return int(Level.PG)
    return int(user.level_mask) & int(SHOWABLE) or int(Level.PG)


def highest(mask):
    """The highest showable level in a mask, PG where there is none."""
    return max((step for step in LADDER if step & mask), default=Level.PG)
