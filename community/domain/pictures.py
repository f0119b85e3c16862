"""The way of a picture: stored privately, looked at in a worker, shown when a room says so, served by /media/.

Events for the rooms above (civitai.adapters): "picture_ready" and "picture_refused" with picture=. Asked of them while
a file is at hand: "picture_text" with file= (the generation text in it, or ""), and "picture_cleaned" with data=
(the same file without anything but pixels and generation text, or None for a format that they can't clean).
"""

import io
import logging
import uuid
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import adapters, storages, uploads
from civitai.errors import Refused, StaleState
from civitai.jobs import enqueue
from civitai.levels import Level
from community.domain import decoding, looking
from community.models import Picture
from community.states import PictureState
from moderation.domain import rating

log = logging.getLogger("community.pictures")

PURPOSE = "picture"
MAX_BYTES = 50 * 1024 * 1024
ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif")
LONGEST_TEXT = 500_000
ONCE_S = 600
NUDGE_AFTER = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=1)


def check_name(user, filename, size):
    """For the uploader: says no before anything is sent. What the file really is, the worker finds out."""
    if not filename.lower().endswith(ENDINGS):
        raise Refused(_("Pictures are PNG, JPEG, WebP or AVIF files."), code="kind")


def add(owner, file, *, filename="", level=Level.UNRATED, made_here=False):
    """A new picture of bytes or a binary file: stored, pending, and put before a worker. Raises Refused for its size."""
    stream = io.BytesIO(file) if isinstance(file, bytes | bytearray | memoryview) else file
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise Refused(_("This file is empty."), code="empty")
    if size > MAX_BYTES:
        raise Refused(
            _("This picture is larger than the %(limit)s MB that we take here.") % {"limit": MAX_BYTES // 1024**2},
            code="too_large",
        )
    picture = _row(owner, size, filename=filename, level=level, made_here=made_here)
    storages.private().put(picture.key, stream)
    enqueue("community.prepare_picture", str(picture.pk), queue="cpu")
    return picture


def add_from_upload(owner, upload_id, *, level=Level.UNRATED):
    """A new picture of a complete upload with the purpose "picture"; the upload's object becomes its. Raises Refused."""
    with transaction.atomic():
        upload = uploads.take(upload_id, owner=owner, purpose=PURPOSE)
        picture = _row(owner, upload.size_bytes, filename=upload.filename, level=level, key=upload.key)
        enqueue("community.prepare_picture", str(picture.pk), queue="cpu")
    return picture


def add_made(owner, png_bytes, *, level=Level.PG):
    """A picture that this site has drawn, in a worker: measured, derived and ready when this returns. Raises Refused."""
    picture = _row(owner, len(png_bytes), filename="", level=level, made_here=True)
    prepare(picture, drawn=bytes(png_bytes))
    if picture.state != PictureState.READY:
        raise Refused(picture.refusal_sentence, code=picture.refusal)
    return picture


def _row(owner, size, *, filename, level, made_here=False, key=None):
    pk = uuid.uuid4()
    return Picture.objects.create(
        pk=pk,
        owner=owner,
        key=key or f"pictures/{timezone.now():%Y/%m}/{pk}/original",
        filename=str(filename)[:255],
        size_bytes=size,
        level=level,
        made_here=made_here,
    )


def prepare(picture, *, drawn=None):
    """A pending picture becomes ready, with derivatives, or refused with a code. Twice changes nothing.

    The decoders run in a process of their own, see community.pixels.decode, but for `drawn`: the file's bytes where
    this process has made them from pixels of its own.
    """
    if picture.state != PictureState.PENDING:
        return picture
    with TemporaryDirectory(prefix="picture-") as folder:
        path = Path(folder) / "file"
        if drawn is None:
            storages.private().download(picture.key, path)
            found = decoding.decode(path, Path(folder))
        else:
            path.write_bytes(drawn)
            found = decoding.measured(path, Path(folder))
        known = "" if "refused" in found else looking.known(found)
        if known == "block":
            looking.refused(found, picture.owner)
            found = {"refused": "registry"}
        if "refused" in found:
            return _end(picture, PictureState.REFUSED, "picture_refused", refusal=found["refused"])
        _store(picture, Path(folder), found, drawn)
        with path.open("rb") as file:
            texts = adapters.tell("picture_text", file=file)
            text = next((text for text in texts if text and len(text) <= LONGEST_TEXT), "")
        found_level = rating.rate(Path(folder) / f"{max(found['widths'])}.webp", text)
    fields = {
        name: found[name] for name in ("width", "height", "widths", "sha256", "pixels_sha256", "thumbhash", "tone")
    }
    fields |= {"least_level": found_level.least, "score": found_level.score}
    if picture.level != Level.UNRATED:
        fields["level"] = max(picture.level, found_level.least)
    return _end(
        picture,
        PictureState.READY,
        # What this process has just drawn is in no room's hands yet: who made it goes on with it.
        "picture_ready" if drawn is None else None,
        # Before anybody hears that it is ready: what waits for a moderator is seen by nobody for a moment either.
        held_for=found_level.why if found_level.is_held else "registry" if known == "hold" else None,
        content_type=f"image/{found['format'].lower()}",
        size_bytes=found["size_bytes"],
        generation_text=text.replace("\x00", ""),
        **fields,
    )


def _store(picture, folder, found, drawn):
    """Objects go before the state that speaks of them; their keys are the same each time."""
    store = storages.private()
    objects = [
        (picture.derivative_key(width), (folder / f"{width}.webp").read_bytes(), "image/webp")
        for width in found["widths"]
    ]
    if drawn is not None:
        objects.append((picture.key, drawn, "image/png"))
    store.put_all(objects)
    if picture.made_here:
        return
    lossless = folder / "lossless.png"
    source = lossless if lossless.exists() else folder / "file"
    cleaned = next(filter(None, adapters.tell("picture_cleaned", data=source.read_bytes())), None)
    if cleaned:
        store.put(picture.clean_key, cleaned)


def _end(picture, state, event, *, held_for=None, **fields):
    from community.domain import quarantining

    try:
        with transaction.atomic():
            picture.move(state, **fields)
            if state == PictureState.READY and quarantining.join(picture):
                held_for = held_for or "registry"
            if held_for is not None:
                looking.hold(picture, because=held_for)
            if event:
                adapters.tell(event, picture=picture)
    except StaleState:
        picture.refresh_from_db()  # another worker was as quick; its end stands
    return picture


def rate(picture, level):
    """Its level from now on, never below what was found in it. The room that shows it decides; see civitai.levels."""
    level = max(level, Picture.objects.values_list("least_level", flat=True).get(pk=picture.pk))
    Picture.objects.filter(pk=picture.pk).update(level=level)
    picture.level = level
    return level


def keep_original(picture, *, private):
    """Whether the file itself, with the text in it, is its owner's alone."""
    Picture.objects.filter(pk=picture.pk).update(original_is_private=private)
    picture.original_is_private = private


def show(pictures):
    """Whoever may see its level sees it from now on; derivatives go to the public store."""
    _publish(pictures, is_public=True)


def conceal(pictures):
    """Its owner and moderators alone see it from now on."""
    _publish(pictures, is_public=False)


def _publish(pictures, *, is_public):
    pictures = list(pictures)
    changed = Picture.objects.filter(pk__in=[picture.pk for picture in pictures]).exclude(is_public=is_public)
    if is_public:
        # Whatever a room thinks of it: what is in quarantine is shown by none.
        changed = changed.filter(quarantined_at=None)
    ids = [str(pk) for pk in changed.values_list("pk", flat=True)]
    changed.update(is_public=is_public)
    for picture in pictures:
        picture.is_public = is_public
    for pk in ids:
        enqueue("community.place_picture", pk, queue="io")


def withhold(ids):
    """Quarantined: bytes for nobody but moderators, files out of the private store, links given out dead."""
    _withhold(ids, at=timezone.now())


def let_back(ids):
    """What was withheld is its owner's again; whether others see it, the room that shows it says."""
    _withhold(ids, at=None)


def _withhold(ids, *, at):
    changed = Picture.objects.filter(pk__in=ids, withheld_at__isnull=at is not None)
    found = [str(pk) for pk in changed.values_list("pk", flat=True)]
    changed.update(withheld_at=at)
    for pk in found:
        enqueue("community.place_picture", pk, queue="io")


def copies_of(pictures):
    """Other pictures of the same file or of the same decoded pixels."""
    files = {picture.sha256 for picture in pictures if picture.sha256}
    pixels = {picture.pixels_sha256 for picture in pictures if picture.pixels_sha256}
    same = Picture.objects.filter(Q(sha256__in=files) | Q(pixels_sha256__in=pixels))
    return same.exclude(pk__in=[picture.pk for picture in pictures])


def rewrite_texts(picture, clean, *, keep_as):
    """The file that is given out, with its texts passed through `clean`; what was is kept in quarantine as `keep_as`.

    A format whose texts can't be rewritten is its owner's alone from then on. Twice is once.
    """
    key, store = picture.key if picture.made_here else picture.clean_key, storages.private()
    if not store.exists(key):
        return
    if not storages.quarantine().exists(keep_as):
        store.copy(key, keep_as, to=storages.quarantine())
    made = next(filter(None, adapters.tell("picture_rewritten", data=store.read(key), clean=clean)), None)
    if made is None:
        keep_original(picture, private=True)
    else:
        store.put(key, made, content_type=picture.original_type)


def unwrite_texts(picture, *, keep_as):
    """The file as it was before `rewrite_texts`."""
    if storages.quarantine().exists(keep_as):
        key = picture.key if picture.made_here else picture.clean_key
        storages.quarantine().copy(keep_as, key, to=storages.private())


def decode_picture(*, path, folder):
    """For the rooms below that are sent pictures: decoded where every stranger's picture is."""
    return decoding.decode(path, folder)


def place(picture):
    """Its derivatives lie in the store where they belong, and only there. May run twice, and late."""
    _quarantine(picture)
    private, public = storages.private(), storages.public()
    for width in picture.widths:
        key = picture.derivative_key(width)
        if picture.is_public and picture.state == PictureState.READY:
            if not public.exists(key) and private.exists(key):
                private.copy(key, key, to=public)
        else:
            public.delete(key)


def _quarantine(picture):
    here, there = storages.private(), storages.quarantine()
    if picture.withheld_at is None and picture.quarantined_at is None:
        here, there = there, here
    for key in (picture.key, picture.clean_key):
        if here.exists(key):
            here.move(key, key, to=there)


def discard(pictures):
    """Nobody wants these any more: concealed at once, their objects are removed by a worker.

    What a moderator has hidden, or is to look at, is kept: it can still be objected to, and it may be evidence.
    """
    conceal(pictures)
    kept = set(
        Picture.objects.filter(pk__in=[one.pk for one in pictures])
        .exclude(hidden_at=None, quarantined_at=None)
        .values_list("pk", flat=True)
    )
    for picture in pictures:
        if picture.pk in kept:
            continue
        if picture.state != PictureState.REFUSED:
            picture.move(PictureState.REFUSED, refusal="withdrawn")
        enqueue("community.sweep_picture", str(picture.pk), queue="io")


def sweep(picture):
    """Removes the objects of a refused picture; the row stays. May run twice."""
    if picture.state != PictureState.REFUSED or picture.quarantined_at is not None:
        return
    for key in {picture.key, picture.clean_key, *map(picture.derivative_key, picture.widths)}:
        storages.private().delete(key)
    for width in picture.widths:
        storages.public().delete(picture.derivative_key(width))


def nudge(*, now=None):
    """Pending pictures whose message was lost come before a worker again; after a day they are given up."""
    now = now or timezone.now()
    waiting = Picture.objects.filter(state=PictureState.PENDING, created_at__lt=now - NUDGE_AFTER)
    for picture in waiting.order_by("created_at")[:200]:
        if picture.created_at < now - GIVE_UP_AFTER:
            _end(picture, PictureState.REFUSED, "picture_refused", refusal="stuck")
        elif cache.add(f"nudged:{picture.pk}", 1, 300):
            enqueue("community.prepare_picture", str(picture.pk), queue="cpu")


# What the /media/ view hands out.


def once_for(user, picture):
    """A word for the address of a picture above the level of a member who asked to see this one; good for minutes."""
    return TimestampSigner(salt="picture once").sign(f"{picture.pk.hex}.{user.pk}").partition(".")[2]


def is_once_for(user, picture, word):
    signed = f"{picture.pk.hex}.{word}"
    try:
        said = TimestampSigner(salt="picture once").unsign(signed, max_age=ONCE_S)
    except BadSignature:
        return False
    return user.is_authenticated and said == f"{picture.pk.hex}.{user.pk}"


def derivative(picture, width):
    """(key, open body) of the derivative nearest above `width`, else the widest; (None, None) when it is lost."""
    from botocore.exceptions import ClientError

    step = picture.step(width)
    if step is None:
        return None, None
    key = picture.derivative_key(step)
    # A picture that was shown a moment ago still lies in the private store alone.
    for store in (storages.public, storages.private) if picture.is_public else (storages.private,):
        try:
            return key, store().open(key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                raise
    log.error("picture %s has lost its derivative %s", picture.pk, step)
    return None, None


def original_address(picture, *, seconds=300):
    """A short-lived address of the file to download, or "" when there is none to give.

    What this site made is given as made; what was uploaded, cleaned: the same pixels, generation text, nothing else.
    """
    if picture.state != PictureState.READY:
        return ""
    key = picture.key if picture.made_here else picture.clean_key
    if not storages.private().exists(key):
        return ""
    return storages.private().presigned_get(
        key, seconds=seconds, filename=f"{picture.pk}.{picture.original_ending}", content_type=picture.original_type
    )


register_upload_purpose = partial(uploads.register_purpose, PURPOSE, max_bytes=MAX_BYTES, check=check_name)
