"""A training set is put together: pictures, captions, a trigger word, and the word that they may be used."""

import codecs
import hashlib
import io
import tempfile
import zipfile
import zlib
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import storages
from civitai.errors import Refused
from civitai.jobs import claim
from civitai.levels import Level
from community.domain import pictures
from community.models import Picture
from models_hub.formats import sniff
from moderation.policy import people
from training import rights
from training.models import Dataset, DatasetPicture, Unpacking, new_key
from training.states import DatasetState, RunState
from training.trainer.captions import parts_of

MOST_PICTURES, MOST_SETS = 1000, 200
LARGEST_ZIP = 2 << 30
LARGEST_PICTURE = pictures.MAX_BYTES
LONGEST_CAPTION = 1000
LONGEST_CAPTION_FILE = 64 << 10


def start(owner, *, name):
    if Dataset.objects.visible_to(owner).count() >= MOST_SETS:
        raise Refused(_("You have many training sets. Remove some first."), code="too_many")
    people.require("dataset", [name], field="name")
    return Dataset.objects.create(owner=owner, name=(name.strip() or "LoRA")[:80])


def describe(dataset, *, name, trigger):
    people.require("dataset", [name, trigger], field="trigger")
    Dataset.objects.filter(pk=dataset.pk).update(name=name.strip()[:80] or dataset.name, trigger=trigger.strip()[:40])
    dataset.refresh_from_db()
    return dataset


def add(dataset, picture, *, name="", caption="", unpacking=None):
    """In the caller's transaction or without. Raises Refused when the set is full, or when a real person is named."""
    people.require("dataset", [name, caption], field="files")
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        count = dataset.pictures.count()
        if count >= MOST_PICTURES:
            raise Refused(_("A set holds at most %(count)s pictures.") % {"count": MOST_PICTURES}, code="many")
        return DatasetPicture.objects.create(
            dataset=dataset,
            picture=picture,
            name=name[-255:],
            caption=caption[:LONGEST_CAPTION],
            position=count,
            unpacking=unpacking,
        )


def add_files(dataset, files):
    """Pictures, captions and zips of a form; returns sentences about what could not be taken."""
    refusals = []
    # Captions belong to pictures that are there: moon.txt comes before moon.webp in a folder.
    for file in sorted(files, key=lambda file: file.name.lower().endswith(".txt")):
        try:
            if file.name.lower().endswith(".zip"):
                add_zip(dataset, file)
            elif file.name.lower().endswith(".txt"):
                _caption_file(dataset, file)
            else:
                pictures.check_name(dataset.owner, file.name, file.size)
                with transaction.atomic():
                    add(dataset, pictures.add(dataset.owner, file, filename=file.name, level=Level.PG), name=file.name)
        except Refused as refused:
            refusals.append(f"{file.name}: {refused}")
    return refusals


def add_upload(dataset, upload_id):
    """A complete upload of the uploader: a picture."""
    with transaction.atomic():
        picture = pictures.add_from_upload(dataset.owner, upload_id, level=Level.PG)
        return add(dataset, picture, name=picture.filename)


def _caption_file(dataset, file):
    """moon.txt is the caption of moon.png."""
    data = file.read(LONGEST_CAPTION_FILE + 1)
    if len(data) > LONGEST_CAPTION_FILE:
        raise Refused(_("This caption is no text."), code="caption")
    text = _text(data)
    row = next((row for row in dataset.pictures.all() if _stem(row.name) == _stem(file.name)), None)
    if row is None:
        raise Refused(_("No picture here has this name."), code="caption")
    people.require("dataset", [text], field="caption")
    caption(row, text[:LONGEST_CAPTION])
    if len(text) > LONGEST_CAPTION:
        told = _("The caption was longer than %(most)s characters and was cut there.")
        raise Refused(told % {"most": LONGEST_CAPTION}, code="cut")


def caption(row, text):
    """Writes a caption. Raises Refused for real people and for one that is too long."""
    people.require("dataset", [text], field="caption")
    if len(text.strip()) > LONGEST_CAPTION:
        raise Refused(_("A caption has at most %(most)s characters.") % {"most": LONGEST_CAPTION}, field="caption")
    DatasetPicture.objects.filter(pk=row.pk).update(caption=text.strip()[:LONGEST_CAPTION])
    row.caption = text.strip()[:LONGEST_CAPTION]
    return row


def put_trigger(dataset, *, on):
    """The trigger word stands before every caption, or before none."""
    word = dataset.trigger
    if not word:
        raise Refused(_("Choose a trigger word first."), field="trigger")
    if on:
        return rewrite(dataset, way="before", text=word)
    with transaction.atomic():
        changed = [row for row in dataset.pictures.select_for_update() if f"{row.caption},".startswith(f"{word},")]
        for row in changed:
            row.caption = row.caption[len(word) :].lstrip(", ")
        DatasetPicture.objects.bulk_update(changed, ["caption"], batch_size=500)
    return len(changed)


def rewrite(dataset, *, way, text, instead_of=""):
    """Every caption at once: `text` "before" or "after" what stands there, or in "replace" of `instead_of`; returns how
    many changed. All of them or none. Raises Refused."""
    text = " ".join(text.split())
    people.require("dataset", [text], field="text")
    changed = []
    with transaction.atomic():
        for row in dataset.pictures.select_for_update():
            caption = _rewritten(row.caption, way, text, instead_of)
            if caption == row.caption:
                continue
            if len(caption) > LONGEST_CAPTION:
                raise Refused(
                    _("The caption of %(name)s would be longer than %(most)s characters.")
                    % {"name": row.name, "most": LONGEST_CAPTION},
                    field="text",
                )
            people.require("dataset", [caption], field="text")
            row.caption = caption
            changed.append(row)
        DatasetPicture.objects.bulk_update(changed, ["caption"], batch_size=500)
    return len(changed)


def _rewritten(caption, way, text, instead_of):
    if way == "replace":
        # Taken out, a part leaves its comma behind.
        parts = caption.replace(instead_of, text) if instead_of else caption
        return parts if text or parts == caption else ", ".join(parts_of(parts))
    if not text or text in parts_of(caption):
        return caption
    return ", ".join(filter(None, [text, caption] if way == "before" else [caption, text]))


def take_out(row):
    picture = row.picture
    with transaction.atomic():
        row.delete()
        pictures.discard([picture])


def attest(dataset):
    Dataset.objects.filter(pk=dataset.pk).update(attested_version=rights.VERSION, attested_at=timezone.now())
    dataset.refresh_from_db()
    return dataset


def remove(dataset, *, by):
    """A run that waits or rests ends with it: it could not go on. One that a worker has in hand has its copies."""
    with transaction.atomic():
        dataset.move(DatasetState.REMOVED, by=by)
        for run in dataset.runs.filter(state__in=[RunState.QUEUED, RunState.PAUSED]):
            run.cancel(by=by)
        pictures.discard(Picture.objects.filter(pk__in=dataset.pictures.values("picture")))


def add_zip(dataset, file):
    """Judged by its directory now, taken apart by a worker. Raises BadFile with what is wrong."""
    if file.size > LARGEST_ZIP:
        raise Refused(_("At most 2 GB a zip."), code="large")
    sniff.accept_training_data(file, file.name, size_bytes=file.size, leave_out=True)
    file.seek(0)
    key = new_key("zips")
    storages.private().put(key, file)
    job = Unpacking.objects.create(dataset=dataset, key=key, name=file.name[:255], size_bytes=file.size)
    job.enqueue()
    return job


def unpack(job_id):
    """Pictures with the captions of the same name. What can't be taken is listed with a reason, the rest is taken."""
    with claim(Unpacking, job_id) as job:
        if job is None:
            return
        with tempfile.TemporaryDirectory(prefix="training-") as folder:
            path = Path(folder) / "set.zip"
            storages.private().download(job.key, path)
            with path.open("rb") as copy:
                _unpack(job, copy)
        storages.private().delete(job.key)


def _unpack(job, file):
    # Once more, here: what the directory says is believed only after it was judged on these very bytes.
    accepted = sniff.accept_training_data(file, job.name, size_bytes=job.size_bytes, leave_out=True)
    names = accepted.names
    # An attempt before this one has taken them.
    there = set(job.pictures.values_list("name", flat=True))
    refused, taken = [[name[-200:], code] for name, code in accepted.left_out], len(there)
    with zipfile.ZipFile(file) as archive:
        captions = {_stem(name): name for name in names if name.lower().endswith(".txt")}
        images = [name for name in names if not name.lower().endswith(".txt")]
        for done, name in enumerate(images):
            job.beat(done=done, total=len(images))
            if name[-255:] in there:
                continue
            code = _take(job, archive, name, captions.get(_stem(name)))
            taken += code in ("", "cut")
            if code:
                refused.append([name[-200:], code])
    with job.owned():
        Unpacking.objects.filter(pk=job.pk).update(taken=taken, refused=refused[:200])


def _take(job, archive, name, caption_name):
    """Adds one picture; returns the code of why not, of what was done to it, or ""."""
    dataset = job.dataset
    if archive.getinfo(name).file_size > LARGEST_PICTURE:
        return "large"
    text = ""
    try:
        data = _read(archive, name, LARGEST_PICTURE)
        if caption_name:
            text = _text(_read(archive, caption_name, LONGEST_CAPTION_FILE))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        return "broken"
    except Refused:
        return "caption"
    if people.check("dataset", [text, name]).action == "refuse":
        return "person"
    same = dataset.pictures.filter(name=name[-255:], picture__sha256=hashlib.sha256(data).hexdigest())
    if same.exists():
        return "there"
    try:
        with job.owned():
            picture = pictures.add(dataset.owner, io.BytesIO(data), filename=name.rpartition("/")[2], level=Level.PG)
            add(dataset, picture, name=name, caption=text, unpacking=job)
    except Refused as refused:
        return refused.code
    return "cut" if len(text) > LONGEST_CAPTION else ""


def _read(archive, name, most):
    """At most `most` bytes, whatever the entry claims."""
    with archive.open(name) as entry:
        data = entry.read(most + 1)
    if len(data) > most:
        raise ValueError("longer than it says")
    return data


def _text(data):
    """A caption as editors save it: UTF-8, UTF-16 with its mark, or the Windows code page of the West."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not marked and encoding != "utf-8-sig" and any(ord(letter) < 32 and not letter.isspace() for letter in text):
            break  # bytes of something else: a code page gives a letter for nearly every byte
        return " ".join(text.replace("\x00", " ").split())
    raise Refused(_("This caption is no text."), code="caption")


def _stem(name):
    """moon.txt belongs to Moon.PNG: not every system keeps the case of names."""
    return name.rpartition(".")[0].casefold()
