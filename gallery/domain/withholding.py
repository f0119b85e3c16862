"""What removal cases do to images and posts: hidden with identical copies, unlinked, their words cleaned, put back."""

from django.db.models import F, Q
from django.utils import timezone

from civitai.caching import forget_after_commit
from civitai.levels import Level
from community.domain import pictures
from community.models import Picture
from gallery.domain import counting, hiding
from gallery.metadata import clean as cleaning
from gallery.models import Image, ImageResource, Post
from gallery.queries import POPULAR
from models_hub.domain import withholding as models
from models_hub.domain.renaming import clean_picture, put_pictures_back
from models_hub.models import Model
from moderation.domain.cases import traces
from moderation.models import RemovalCase
from moderation.naming import Names

IMAGE, POST, MODEL = "gallery.Image", "gallery.Post", "models_hub.Model"
QUARANTINED = 3


def _reason(case):
    return f"case {case.reference}"


def _images(subject, pk):
    """The images that a case names, by themselves or by their post."""
    if subject == IMAGE:
        return Image.objects.filter(pk=pk).select_related("picture")
    if subject == POST:
        return Image.objects.filter(post=pk, removed_at=None).select_related("picture")
    return Image.objects.none()


def _made_with(pk):
    return Image.objects.filter(resources__version__model=pk).distinct().select_related("picture")


def frozen(*, subject, pk, level, was, case, **facts):
    """Images and posts are hidden from level 1 on; at 3 nobody gets their bytes, nor those of identical copies."""
    if subject == MODEL:
        if level >= QUARANTINED:
            for image in _made_with(pk).filter(hidden_at=None, removed_at=None):
                hiding.hide(image, by=None, reason=_reason(case))
        elif was >= QUARANTINED:
            _show(_made_with(pk), case)
        return
    images = list(_images(subject, pk))
    if not images:
        return
    if level:
        if subject == POST:
            hiding.hide_post(Post.objects.get(pk=pk), by=None, reason=_reason(case))
        for image in images:
            hiding.hide(image, by=None, reason=_reason(case))
    if level >= QUARANTINED:
        _withhold(images, case)
    if not level:
        _let_back(images, case)
        if subject == POST:
            for post in Post.objects.filter(pk=pk, hidden_reason=_reason(case)):
                hiding.restore_post(post, by=None)


def _withhold(images, case):
    """With every copy of the same bytes or pixels, wherever it is shown."""
    shots = [image.picture for image in images]
    copies = list(pictures.copies_of(shots))
    for image in Image.objects.filter(picture__in=copies, hidden_at=None).select_related("picture"):
        hiding.hide(image, by=None, reason=_reason(case))
    for picture in copies:
        picture.hide(by=None, reason=_reason(case))
    pictures.conceal(copies)
    pictures.withhold([picture.pk for picture in [*shots, *copies]])
    return copies


def _let_back(images, case):
    """Only what this very case hid, and has not removed."""
    shots = [image.picture for image in images]
    theirs = Picture.objects.filter(Q(pk__in=[one.pk for one in shots]) | Q(pk__in=pictures.copies_of(shots)))
    back = theirs.filter(hidden_reason=_reason(case))
    shown = Image.objects.filter(Q(picture__in=back) | Q(pk__in=[image.pk for image in images]))
    ids = list(back.values_list("pk", flat=True))
    _show(shown, case)
    for picture in Picture.objects.filter(pk__in=ids, hidden_reason=_reason(case)):
        picture.restore(by=None)
    pictures.let_back(ids)


def _show(images, case):
    for image in images.filter(hidden_reason=_reason(case)).select_related("picture"):
        hiding.restore(image, by=None)


def taken_down(*, subject, pk, case, **facts):
    """Images stay away for good; of a model, its images are unlinked and stay their makers'."""
    if subject == MODEL:
        return [("images_unlinked", _unlink(pk, case))]
    images = list(_images(subject, pk))
    if not images:
        return None
    copies = _withhold(images, case)
    gone = f"removed {case.reference}"
    for image in images:
        hiding.hide(image, by=None, reason=_reason(case))
    every = [image.picture_id for image in images] + [picture.pk for picture in copies]
    Picture.objects.filter(pk__in=every, hidden_reason=_reason(case)).update(hidden_reason=gone)
    Image.objects.filter(picture__in=every, hidden_reason=_reason(case)).update(hidden_reason=gone)
    Post.objects.filter(pk=pk if subject == POST else None, hidden_reason=_reason(case)).update(hidden_reason=gone)
    return [("images_hidden", len(images)), ("copies_hidden", len(copies))]


def _unlink(pk, case):
    rows = list(ImageResource.objects.filter(version__model=pk).values("pk", "version_id", "name", "image_id"))
    posts = list(Post.objects.filter(version__model=pk).values_list("pk", "version_id"))
    if rows or posts:
        traces.keep(case, "gallery.Links", pk, {"rows": rows, "posts": posts})
    ImageResource.objects.filter(pk__in=[row["pk"] for row in rows]).update(version=None, name="")
    Post.objects.filter(pk__in=[post for post, _version in posts]).update(version=None)
    counting.recount({row["version_id"] for row in rows})
    return len({row["image_id"] for row in rows})


def name_taken_out(*, subject, pk, names, case, **facts):
    """Prompts, recipes, names of resources, files and posts that say the name, as this site shows them."""
    if subject != MODEL:
        return None
    names = Names(names)
    cleaned = sum(_clean(image, names, case) for image in _named(pk, names))
    of_model = Image.objects.filter(resources__version__model=pk).values("post")
    posts = Post.objects.filter(
        Q(pk__in=of_model) | Q(pk__in=Post.objects.filter(names.written_in("title", "description")))
    )
    # A tag that is gone is not kept in a list of popular ones.
    forget_after_commit(POPULAR)
    return [("images_cleaned", cleaned), ("posts_cleaned", sum(_clean_post(post, names, case) for post in posts))]


def _named(pk, names):
    # Each by its own index, and only then together: one condition over three tables would read all of them.
    resources = ImageResource.objects.filter(names.written_in("name", "type") | Q(version__model=pk))
    shots = Picture.objects.filter(names.written_in("filename", "generation_text"))
    said = Image.objects.filter(names.written_in("prompt", "negative_prompt"))
    found = said.values("pk").union(
        Image.objects.filter(picture__in=shots).values("pk"), resources.values(pk=F("image")), all=True
    )
    ids = {row["pk"] for row in found}
    return Image.objects.filter(pk__in=ids).select_related("picture").prefetch_related("resources")


def _clean(image, names, case):
    said = [row for row in image.resources.all() if names.are_in(row.name) or names.are_in(row.type)]
    resources = {row.pk: [row.name, row.type] for row in said}
    after = {
        "prompt": names.out_of_value(image.prompt),
        "negative_prompt": names.out_of_value(image.negative_prompt),
        "settings": {
            key: names.out_of(value) if isinstance(value, str) else value for key, value in image.settings.items()
        },
    }
    before = {name: getattr(image, name) for name in after}
    in_file = clean_picture(image.picture, names, case)
    if after == before and not resources:
        return in_file
    traces.keep(case, IMAGE, image.pk, {**before, "resources": resources})
    Image.objects.filter(pk=image.pk).update(**after)
    for row in said:
        ImageResource.objects.filter(pk=row.pk).update(name=names.out_of(row.name), type=names.out_of(row.type))
    return 1


def forget_names(image):
    """What comes after a name was taken out of a model, and was made with it, does not tie the two together again."""
    rows = image.resources.exclude(version=None).exclude(version__model__names_out=[]).select_related("version__model")
    for model in {row.version.model for row in rows}:
        case = RemovalCase.objects.filter(reference=model.case_reference).first()
        if case is not None and _clean(image, Names(model.names_out), case):
            image.refresh_from_db(fields=["prompt", "negative_prompt", "settings"])


def require_without_names(images, fields):
    """Raises Refused for words that say a name which was taken out of what these images were made with."""
    made = Model.objects.filter(versions__image_uses__image__in=images).exclude(names_out=[]).distinct()
    for model in made:
        models.require_without_names(model, fields)


def _clean_post(post, names, case):
    after = {"title": names.out_of(post.title), "description": names.out_of(post.description)}
    before = {name: getattr(post, name) for name in after}
    if after == before:
        return 0
    traces.keep(case, POST, post.pk, before)
    Post.objects.filter(pk=post.pk).update(**after)
    return 1


def restored(*, subject, pk, case, **facts):
    count = 0
    if subject == MODEL:
        for trace in list(traces.of(case, IMAGE)):
            before = dict(trace.before)
            for row_pk, (name, kind) in before.pop("resources").items():
                ImageResource.objects.filter(pk=row_pk).update(name=name, type=kind)
            Image.objects.filter(pk=trace.row).update(**before)
            count += _done(trace)
        for trace in list(traces.of(case, POST)):
            Post.objects.filter(pk=trace.row).update(**trace.before)
            count += _done(trace)
        for trace in list(traces.of(case, "gallery.Links").filter(row=str(pk))):
            _link_again(trace.before)
            count += _done(trace)
        return [("restored", count + put_pictures_back(case))]
    gone = f"removed {case.reference}"
    images = list(_images(subject, pk).filter(hidden_reason=gone))
    if not images:
        return None
    every = [image.picture_id for image in images]
    every += [picture.pk for picture in pictures.copies_of([image.picture for image in images])]
    Picture.objects.filter(pk__in=every, hidden_reason=gone).update(hidden_reason=_reason(case))
    Image.objects.filter(picture__in=every, hidden_reason=gone).update(hidden_reason=_reason(case))
    Post.objects.filter(pk=pk if subject == POST else None, hidden_reason=gone).update(hidden_reason=_reason(case))
    frozen(subject=subject, pk=pk, level=0, was=QUARANTINED, case=case)
    return [("restored", len(images))]


def _link_again(before):
    for row in before["rows"]:
        ImageResource.objects.filter(pk=row["pk"]).update(version_id=row["version_id"], name=row["name"])
    for post, version in before["posts"]:
        Post.objects.filter(pk=post).update(version_id=version)
    counting.recount({row["version_id"] for row in before["rows"]})


def _done(trace):
    traces.undone(trace)
    return 1


# What others ask.


def withheld_for(row):
    """The reference of the case that hid an image or a post, or ""."""
    kind, _gap, reference = row.hidden_reason.partition(" ")
    return reference if row.hidden_at and kind in ("case", "removed") and len(reference) <= 12 else ""


def rewritten(*, data, clean):
    """Fills "picture_rewritten": the same pixels with the texts cleaned; None for what can't be read."""
    return cleaning.rewritten(data, clean)


def hashes_of(keys):
    """Fills "hashes_of": what the registry knows a picture by."""
    found = {}
    for label, pk in keys:
        shots = [image.picture for image in _images(label, pk)]
        if shots:
            found[label, pk] = {
                "sha256": sorted({shot.sha256 for shot in shots if shot.sha256}),
                "pixels": sorted({shot.pixels_sha256 for shot in shots if shot.pixels_sha256}),
            }
    return found


def find_by_sha256(values, *, hidden=False):
    """Fills "find_by_sha256": images that show these very files, whatever their level; `hidden`: all, for moderators."""
    shown = Image.objects.all() if hidden else Image.objects.in_feed().filter(removed_at=None)
    rows = shown.filter(picture__sha256__in=values).order_by("pk")
    found = {}
    for sha256, pk in rows.values_list("picture__sha256", "pk")[:200]:
        found.setdefault(sha256, []).append((IMAGE, str(pk)))
    return found


MOST_SAMPLES = 6


def made_under_licence(keys, since):
    """Fills "made_under_licence": pictures that this site drew with a licensed model and everybody may see, newest first.

    Nothing of who made them comes along.
    """
    found = {}
    for label, pk in keys:
        if label == MODEL:
            rows = Image.objects.in_feed().filter(
                resources__version__model=pk, made_here=True, first_shown_at__gte=since
            )
            rows = rows.filter(level=Level.PG).select_related("picture").order_by("-sort_at", "-pk")
            found[label, pk] = [image.picture.url(320) for image in rows[:MOST_SAMPLES]]
    return found


def case_files(keys):
    """Fills "case_files": the pictures as they came, which wait in quarantine or are on their way there."""
    found = {}
    for label, pk in keys:
        shots = [image.picture for image in _images(label, pk)]
        found[label, pk] = [
            {
                "name": f"{shot.pk}.{shot.original_ending}",
                "size_bytes": shot.size_bytes,
                "key": shot.key,
                "stores": ["quarantine", "private"],
            }
            for shot in shots
        ]
    return {key: files for key, files in found.items() if files}


def snapshots(keys):
    """Fills "case_snapshot"."""
    return {key: {"hashes": told, "at": timezone.now().isoformat()} for key, told in hashes_of(keys).items()}


def resolve(paths):
    """Fills "resolve_url": addresses of images and posts."""
    import re

    kinds = {"images": IMAGE, "posts": POST}
    found = {}
    for path in paths:
        if named := re.match(r"/(images|posts)/(\d{1,9})(?:/|\?|$)", path):
            found[path] = (kinds[named[1]], named[2])
    return found
