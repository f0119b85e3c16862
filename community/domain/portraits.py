"""A member's portrait is a picture like any other: the accounts room hands over the file and wears its id."""

from accounts.models import User
from civitai.levels import Level
from community.domain import pictures
from community.domain.pictures import show
from community.models import Picture
from moderation.models import CaseTrace

PROFILE = "accounts.User"


def portrait_given(user, file, filename):
    """Listens to "portrait_given"; answers the id of a picture that everyone may see. Raises Refused for its size."""
    picture = pictures.add(user, file, filename=filename, level=Level.PG)
    pictures.show([picture])
    return picture.pk


def frozen(*, subject, pk, level, **facts):
    """A removal case about a profile: the bytes of its portrait are nobody's while it is open."""
    if subject != PROFILE:
        return
    worn = list(Picture.objects.filter(pk__in=_worn([pk]).values()))
    (pictures.conceal if level else pictures.show)(worn)
    (pictures.withhold if level else pictures.let_back)([picture.pk for picture in worn])


def restored(*, subject, pk, **facts):
    """What an outcome took off is worn again."""
    if subject == PROFILE:
        frozen(subject=subject, pk=pk, level=0)


def hashes_of(keys):
    """Fills "hashes_of": what the registry knows a portrait by, one that an outcome has just taken off included."""
    asked = {int(pk) for label, pk in keys if label == PROFILE}
    worn = {int(row): before["avatar_uuid"] for row, before in _taken_off(asked)} | _worn(asked)
    shots = {
        str(picture.pk): picture for picture in Picture.objects.filter(pk__in=[uuid for uuid in worn.values() if uuid])
    }
    found = {}
    for pk, uuid in worn.items():
        if (shot := shots.get(str(uuid))) is not None:
            told = {"sha256": shot.sha256, "pixels": shot.pixels_sha256}
            found[PROFILE, str(pk)] = {kind: [value] for kind, value in told.items() if value}
    return found


def _worn(pks):
    rows = User.objects.filter(pk__in=pks).exclude(avatar_uuid=None)
    return dict(rows.values_list("pk", "avatar_uuid"))


def _taken_off(pks):
    return CaseTrace.objects.filter(subject=PROFILE, row__in=map(str, pks), undone_at=None).values_list("row", "before")


def out_of_quarantine(*, pictures, **facts):
    """Listens to "pictures_out_of_quarantine": what is worn is seen again, where nothing else hides it."""
    free = pictures.filter(quarantined_at=None, hidden_at=None, withheld_at=None)
    show(free.filter(pk__in=User.objects.exclude(avatar_uuid=None).values("avatar_uuid")))
