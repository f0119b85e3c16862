"""One door for each change of state.

`row.move(to, by=…)` is one UPDATE that names the states it may leave, and one StateChange row, in the
same transaction. Nothing else writes a `state` column; the rule is checked by the house rules.
"""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from civitai.errors import StaleState


class Moves:
    """A table of lawful moves: {from: {to, …}}. States without an entry are final."""

    def __init__(self, table):
        self.table = {state: frozenset(targets) for state, targets in table.items()}

    def sources_of(self, to):
        return [state for state, targets in self.table.items() if to in targets]

    def allow(self, current, to):
        return to in self.table.get(current, ())

    def is_final(self, state):
        return not self.table.get(state)


class StateChange(models.Model):
    """Who moved what, from where to where, and why. Append-only."""

    kind = models.CharField(max_length=64)
    row = models.CharField(max_length=40)
    was = models.CharField(max_length=32)
    now = models.CharField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    because = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "row", "at"], name="statechange_row")]

    def __str__(self):
        return f"{self.kind} {self.row}: {self.was} → {self.now}"


class Stateful(models.Model):
    """A row with a `state` that only `move` changes. Subclasses set `moves` and the `state` field."""

    moves: Moves

    class Meta:
        abstract = True

    def move(self, to, *, by=None, because="", **fields):
        """Move to `to`, writing `fields` in the same statement.

        Raises StaleState when the row's present state, read by the database and not from this copy,
        does not allow it. On success this copy carries the new state and fields.
        """
        with transaction.atomic():
            return self._move(to, by=by, because=because, extra={}, fields=fields)

    def _move(self, to, *, by, because, extra, fields):
        model = type(self)
        lawful = model._base_manager.filter(pk=self.pk, state__in=self.moves.sources_of(to), **extra)
        was = lawful.select_for_update().values_list("state", flat=True).first()
        if was is None:
            raise StaleState()
        lawful.update(state=to, **fields)
        StateChange.objects.create(
            kind=model._meta.label, row=str(self.pk), was=was, now=to, by=by, because=str(because)[:500]
        )
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)
        return self

    def history(self):
        """Its changes, oldest first."""
        return (
            StateChange.objects.filter(kind=self._meta.label, row=str(self.pk))
            .select_related("by")
            .order_by("at", "pk")
        )
