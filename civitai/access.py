"""Who may touch an object is decided by how it is fetched.

`fetch(Model.objects, request.user, to="edit", pk=…)` is the whole check: what you can't see is a 404,
what you see but may not do is a 403. Content implements the three queryset methods; pages, lists,
search, API and files all ask them, so they cannot disagree.
"""

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404


class ScopedQuerySet(models.QuerySet):
    """Content's querysets subclass this and say who sees, edits and moderates what."""

    def visible_to(self, user):
        raise NotImplementedError

    def editable_by(self, user):
        return self.none()

    def moderatable_by(self, user):
        return self.all() if getattr(user, "is_moderator", False) else self.none()


SCOPES = {"see": "visible_to", "edit": "editable_by", "moderate": "moderatable_by"}


def fetch(queryset, user, *, to="see", **lookup):
    """The one object that `lookup` names, if `user` may do `to` with it ("see", "edit", "moderate").

    Raises Http404 when the user can't even see it, PermissionDenied when he sees it but may not.
    """
    # PostgreSQL holds no NUL; whoever asks for one asks for nothing.
    if any(isinstance(value, str) and "\x00" in value for value in lookup.values()):
        raise Http404
    queryset = queryset.all() if isinstance(queryset, models.Manager) else queryset
    allowed = getattr(queryset, SCOPES[to])(user).filter(**lookup).first()
    if allowed is not None:
        return allowed
    if to != "see" and queryset.visible_to(user).filter(**lookup).exists():
        raise PermissionDenied
    raise Http404


def may(row, user, to):
    """Whether `user` may do `to` with this very row; asks the queryset, never a second rule."""
    return getattr(type(row)._default_manager.all(), SCOPES[to])(user).filter(pk=row.pk).exists()
