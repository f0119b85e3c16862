"""Takes names out of a model, and puts them back from what was kept."""

from django.db.models import Q

from accounts.models import Notification
from civitai import storages
from civitai.jobs import after_commit
from community.models import Collection, Picture, Tag
from models_hub.domain import checking
from models_hub.formats.errors import BadFile
from models_hub.models import Choice, FileHash, FormerHash, Model, ModelFile, ModelVersion, VersionPicture
from models_hub.states import FileState
from moderation.domain.cases import traces

VERSION, FILE, MODEL, PICTURE = "models_hub.Version", "models_hub.File", "models_hub.Words", "models_hub.Sample"


def take_out(model, names, case):
    """[(what, how many)]. In the caller's transaction; a second time finds nothing more to take out."""
    tags = _tags(model, names, case)
    count = _model(model, names, case) + sum(_version(version, names, case) for version in model.versions.all())
    files = sum(_file(file, names, case) for file in _files(model))
    pictures = _pictures(model, names, case)
    count += _around(model, names, case)
    return [("names_out", count), ("tags_out", tags), ("files_cleaned", files), ("images_cleaned", pictures)]


# What else says a model's name: collections of its owner, and what members were told of it.
AROUND = {
    "community.Collection": (Collection, ("name", "description")),
    "accounts.Notification": (Notification, ("about", "url")),
    "models_hub.Choice": (Choice, ("words",)),
}


def _around(model, names, case):
    said = Q(url__startswith=f"/models/{model.pk}/") | names.said_in("about")
    rows = {
        "community.Collection": Collection.objects.filter(owner=model.owner),
        "accounts.Notification": Notification.objects.filter(said),
        "models_hub.Choice": Choice.objects.filter(model=model),
    }
    return sum(_clean_row(subject, row, names, case, model) for subject, found in rows.items() for row in found)


def _clean_row(subject, row, names, case, model):
    kind, fields = AROUND[subject]
    before = {field: getattr(row, field) for field in fields}
    after = {field: names.out_of(text) or (f"{row.pk}" if field == "name" else "") for field, text in before.items()}
    if not any(names.are_in(text) for text in before.values()):
        return 0
    traces.keep(case, subject, row.pk, {**before, "of": model.pk})
    kind.objects.filter(pk=row.pk).update(**after)
    return 1


def _put_around_back(model, case):
    count = 0
    for subject, (kind, fields) in AROUND.items():
        for trace in list(traces.of(case, subject).filter(before__of=model.pk)):
            kind.objects.filter(pk=trace.row).update(**{field: trace.before[field] for field in fields})
            count += _done(trace)
    return count


def _files(model):
    return ModelFile.objects.filter(version__model=model, state=FileState.READY).select_related("version__model")


def _model(model, names, case):
    slug = model.named_slug
    name = names.out_of(model.name) or f"Model {model.pk}"
    after = {"name": name if names.are_in(model.name) else model.name, "description": names.out_of(model.description)}
    changed = after["name"] != model.name or after["description"] != model.description
    known = list(dict.fromkeys([*model.names_out, *names.given]))
    if changed or known != model.names_out:
        traces.keep(case, MODEL, model.pk, {"name": model.name, "description": model.description, "gone_slugs": model.gone_slugs, "names_out": model.names_out})  # fmt: skip
    gone = list(dict.fromkeys([*model.gone_slugs, slug])) if names.are_in(slug) else model.gone_slugs
    Model.objects.filter(pk=model.pk).update(gone_slugs=gone, names_out=known, **after)
    return int(changed)


def _version(version, names, case):
    after = {
        "name": names.out_of(version.name) or f"v{version.pk}",
        "description": names.out_of(version.description),
        "trained_words": [word for word in map(names.out_of, version.trained_words) if word.strip(" ,")],
    }
    before = {name: getattr(version, name) for name in after}
    if after == before:
        return 0
    traces.keep(case, VERSION, version.pk, before)
    ModelVersion.objects.filter(pk=version.pk).update(**after)
    return 1


def _tags(model, names, case):
    """A tag that is a name goes altogether, from everything that bears it."""
    gone = [
        tag for tag in Tag.objects.filter(Q(models=model) | names.said_in("name")).distinct() if names.are_in(tag.name)
    ]
    for tag in gone:
        bearers = {relation: list(getattr(tag, relation).values_list("pk", flat=True)) for relation in ("models", "posts", "bounties") if hasattr(tag, relation)}  # fmt: skip
        traces.keep(case, "community.Tag", tag.pk, {"name": tag.name, "kind": tag.kind, "model": model.pk, **bearers})
        tag.delete()
    return len(gone)


def _pictures(model, names, case):
    """The texts that its sample pictures carry, as this site serves them."""
    rows = Picture.objects.filter(pk__in=VersionPicture.objects.filter(version__model=model).values("picture"))
    return sum(clean_picture(picture, names, case) for picture in rows)


def clean_picture(picture, names, case):
    """Generation text and file name of a picture; the file with the text in it stays its owner's until it is made anew."""
    from community.domain import pictures as shown

    text, filename = names.out_of_value(picture.generation_text), names.out_of(picture.filename)
    if (text, filename) == (picture.generation_text, picture.filename):
        return 0
    before = {
        "generation_text": picture.generation_text,
        "filename": picture.filename,
        "original_is_private": picture.original_is_private,
    }
    traces.keep(case, PICTURE, picture.pk, before)
    Picture.objects.filter(pk=picture.pk).update(generation_text=text, filename=filename)
    if picture.generation_text != text:
        shown.rewrite_texts(picture, names.out_of_value, keep_as=f"cases/{case.reference}/{picture.pk}")
    return 1


def _file(file, names, case):
    """Its name and its header. The old object goes to the quarantine store; the tensors are the same bytes."""
    name = file_name_without(names, file)
    changes = header_changes(file, names)
    if name == file.name and not changes and file.description == _without(file.description, names):
        return 0
    before = {"name": file.name, "description": file.description, "size_bytes": file.size_bytes}
    after = {"name": name, "description": _without(file.description, names)}
    if changes:
        # A former attempt may have left its copy; the original is what the row still points at.
        kept_as = f"cases/{case.reference}/{file.pk}"
        storages.private().copy(file.key, kept_as, to=storages.quarantine())
        key, hashes, description = checking.with_metadata(file, changes)
        before |= {"kept_as": kept_as, "hashes": dict(file.hashes.values_list("kind", "value"))}
        after |= {"key": key, "size_bytes": hashes.size_bytes, "description": _without(description, names)}
        _rehash(file, hashes.as_dict())
        old_key = file.key
        after_commit(lambda: storages.private().delete(old_key))
    traces.keep(case, FILE, file.pk, before)
    ModelFile.objects.filter(pk=file.pk).update(**after)
    return 1


def file_name_without(names, file):
    """Its name without the names; where nothing of it is left, its number with the same ending."""
    name = names.out_of(file.name)
    stem, dot, ending = name.rpartition(".")
    if name == file.name or (stem if dot else ending).strip(" _-."):
        return name
    return f"{file.pk}{dot}{ending}"


def _rehash(file, new):
    for row in file.hashes.all():
        if new.get(row.kind) != row.value:
            FormerHash.objects.get_or_create(file=file, kind=row.kind, value=row.value)
    file.hashes.all().delete()
    FileHash.objects.bulk_create(FileHash(file=file, kind=kind, value=value) for kind, value in new.items())


def header_changes(file, names):
    """{key: new text or None} of the header's metadata; empty for what has no such header."""
    try:
        header = checking.header_of(file)
    except BadFile:
        return {}
    return metadata_changes(header.metadata, names)


def metadata_changes(metadata, names):
    """The same of metadata that is at hand."""
    changes = {}
    for key, value in metadata.items():
        if names.are_in(key):
            changes[key] = None
            changes[names.out_of(key) or "removed"] = names.out_of_value(value)
        elif (cleaned := names.out_of_value(value)) != value and names.are_in(value):
            changes[key] = cleaned
    return changes


def _without(value, names):
    """A JSON value without the names."""
    if isinstance(value, dict):
        return {names.out_of(key): _without(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [_without(part, names) for part in value]
    return names.out_of(value) if isinstance(value, str) else value


# Back again.


def put_back(model, case):
    """How many things are as they were."""
    count = 0
    for trace in list(traces.of(case, MODEL).filter(row=str(model.pk))):
        Model.objects.filter(pk=model.pk).update(**trace.before)
        count += _done(trace)
    versions = {str(pk) for pk in model.versions.values_list("pk", flat=True)}
    for trace in list(traces.of(case, VERSION).filter(row__in=versions)):
        ModelVersion.objects.filter(pk=trace.row).update(**trace.before)
        count += _done(trace)
    files = {str(pk) for pk in ModelFile.objects.filter(version__model=model).values_list("pk", flat=True)}
    for trace in list(traces.of(case, FILE).filter(row__in=files)):
        _put_file_back(ModelFile.objects.get(pk=trace.row), dict(trace.before))
        count += _done(trace)
    for trace in list(traces.of(case, "community.Tag").filter(before__model=model.pk)):
        _put_tag_back(trace.before)
        count += _done(trace)
    return count + _put_around_back(model, case) + put_pictures_back(case)


def _done(trace):
    traces.undone(trace)
    return 1


def _put_file_back(file, before):
    hashes, kept_as = before.pop("hashes", None), before.pop("kept_as", None)
    if kept_as:
        from models_hub.domain.stored import new_key

        key, old_key = new_key(), file.key
        storages.quarantine().copy(kept_as, key, to=storages.named(file.held_in))
        before["key"] = key
        file.hashes.all().delete()
        FormerHash.objects.filter(file=file).delete()
        FileHash.objects.bulk_create(FileHash(file=file, kind=kind, value=value) for kind, value in hashes.items())
        after_commit(lambda: storages.named(file.held_in).delete(old_key))
    ModelFile.objects.filter(pk=file.pk).update(**before)


def _put_tag_back(before):
    tag, _made = Tag.objects.get_or_create(name=before["name"], defaults={"kind": before["kind"]})
    for relation in ("models", "posts", "bounties"):
        if before.get(relation) and hasattr(tag, relation):
            getattr(tag, relation).add(*before[relation])


def put_pictures_back(case):
    from community.domain import pictures as shown

    count = 0
    for trace in list(traces.of(case, PICTURE)):
        picture = Picture.objects.filter(pk=trace.row).first()
        if picture is not None:
            Picture.objects.filter(pk=picture.pk).update(**trace.before)
            shown.unwrite_texts(picture, keep_as=f"cases/{case.reference}/{picture.pk}")
            count += 1
        traces.undone(trace)
    return count
