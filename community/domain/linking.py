"""Addresses of pictures for programs: whoever asked with a key fetches them without it, as clients do.

The word in the address is signed for one picture, one member and one key, and good for an hour. All that it says is
asked again when it is used, so that it dies with the key, with the member's choice of levels, and with the picture.
"""

from django.core.signing import BadSignature, TimestampSigner

from accounts.models import ApiKey
from accounts.scopes import Scope
from civitai.levels import viewer_mask
from community.models import Picture

LINK_S = 3600
_signer = TimestampSigner(salt="picture for a program")


def address(request, picture, transform, name):
    """The absolute address for an answer to `request`. The transform is a part of its own, which clients replace."""
    word = "" if picture.is_open_to_all else _word(request, picture)
    return request.build_absolute_uri(f"/media/{word}{picture.pk}/{transform}/{name}")


def _word(request, picture):
    """Nothing for visitors, for sessions, which have their cookie, and where the picture would be refused anyway."""
    key, user = getattr(request, "api_key", None), request.user
    if key is None or not key.may(Scope.MEDIA_READ):
        return ""
    if not (viewer_mask(user) & picture.level or picture.is_own_or_moderated_by(user)):
        return ""
    return _signer.sign(f"{picture.pk.hex}.{key.pk}").partition(".")[2] + "/"


def linked(word, pk):
    """The picture that `word` was given out for, while its key and the picture are what they were; else None."""
    try:
        said = _signer.unsign(f"{pk.hex}.{word}", max_age=LINK_S)
    except BadSignature:
        return None
    key = ApiKey.objects.usable().select_related("user").filter(pk=said.partition(".")[2], user__is_active=True).first()
    if key is None or not key.may(Scope.MEDIA_READ):
        return None
    # Shown to others at this moment: a link says nothing of what its owner or a moderator alone may see.
    return Picture.objects.bytes_for(key.user).ready().filter(pk=pk, is_public=True).first()
