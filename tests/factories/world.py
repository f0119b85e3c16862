"""Something of every kind, in every room, with words of the caller's choosing in every place where words can stand.

Rows are written as the domain could have left them, past the forms: what a form refuses today may lie in a table since
yesterday, or come from another door.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from django.utils import timezone

_numbers = count(1)
DAY = timedelta(days=1)


@dataclass
class World:
    """`owner` made it, `other` answers, `moderator` decides. `urls` are pages for `visitor`, `member` and `moderator`."""

    owner: object
    other: object
    moderator: object
    say: object
    picture: object
    urls: dict = field(default_factory=lambda: {"visitor": [], "member": [], "moderator": []})

    def page(self, *rows, who="visitor"):
        self.urls[who] += [row if isinstance(row, str) else row.get_absolute_url() for row in rows]


def fill(owner, other, moderator, *, say=None, picture=None):
    """`say(place, limit)` is a text for a place; `picture(owner)` a ready Picture that nothing shows yet."""
    from tests.factories import models_hub

    world = World(owner, other, moderator, say or _plain, picture or (lambda user: models_hub.picture(user)))
    model = _models(world)
    image = _images(world, model)
    _talk(world, model, image)
    _money(world)
    _bounties(world, model)
    _jobs(world, model, image)
    _moderation(world, image)
    _cases(world, model)
    return world


def _plain(place, limit):
    return f"{place} {next(_numbers)}"[:limit]


def _models(world):
    from accounts.domain import keys
    from civitai.states import StateChange
    from civitai.uploads import Upload
    from community.models import Tag
    from models_hub.models import Download, FileCheck, ModelFile, ModelVersion, Review
    from tests.factories import models_hub

    say, owner, now = world.say, world.owner, timezone.now()
    model = models_hub.published(owner, name=say("model", 120), description=say("model text", 2000))
    version = model.versions.get()
    ModelVersion.objects.filter(pk=version.pk).update(
        name=say("version", 80),
        description=say("version text", 2000),
        trained_words=[say("trigger", 100), "plain word"],
        base_model="SDXL 1.0",
    )
    _with_cover(world, model)
    model.tags.set([Tag.objects.get_or_create(name=say("tag", 60))[0], Tag.objects.get_or_create(name="paper")[0]])
    file = version.files.get()
    ModelFile.objects.filter(pk=file.pk).update(
        name=say("file", 240), description={"metadata": {say("key", 60): say("header", 200)}, "name": say("in", 80)}
    )
    FileCheck.objects.create(file=file, state="done", finished_at=now, error=say("error", 400))
    Download.objects.create(file=file, user=world.other, who=f"m{next(_numbers)}", day=now.date())
    review = Review.objects.create(
        version=version, model=model, author=world.other, recommends=True, text=say("review", 900)
    )
    StateChange.objects.create(kind=say("kind", 60), row=str(model.pk), was="draft", now="published", because=say("why", 400))  # fmt: skip
    Upload.objects.create(
        owner=owner, purpose="model", filename=say("upload", 240), size_bytes=9, key=f"uploads/w{next(_numbers)}",
        multipart_id="multipart-secret", part_size=9, state="complete", taken_at=now,
    )  # fmt: skip
    keys.issue(owner, name=say("api key", 60), scopes=1, days=None)
    model.refresh_from_db()
    world.page(model, review, f"/models/?query={model.pk}", f"/models/?tag={model.tags.first().pk}")
    world.page(f"/versions/{version.pk}/review/", who="member")
    return model


def _images(world, model):
    from gallery.models import Image, ImageResource, Post

    say, owner, now = world.say, world.owner, timezone.now()
    version = model.versions.get()
    post = Post.objects.create(
        owner=owner, state="published", published_at=now, title=say("post", 200), description=say("post text", 2000)
    )
    post.tags.set(model.tags.all())
    image = Image.objects.create(
        post=post, owner=owner, picture=world.picture(owner), level=1, sort_at=now, first_shown_at=now,
        prompt=say("prompt", 3000), negative_prompt=say("negative", 900), base_model=say("base", 40),
        settings={
            "steps": 20, "seed": 7, "sampler": say("sampler", 60), "vae": say("vae", 60), say("setting", 40): say("value", 90),
        },
    )  # fmt: skip
    for number in range(2):
        ImageResource.objects.create(
            image=image, version=version if number else None, name=say("resource", 180), type=say("type", 30),
            hash=say("hash", 60), weight=0.8,
        )  # fmt: skip
    world.page(post, image, f"/images/{image.pk}/alike/", f"/create/?remix={image.pk}")
    return image


def _talk(world, model, image):
    import uuid

    from accounts.models import Notification
    from community.domain import threads
    from community.models import Collection, CollectionItem, Comment

    say = world.say
    for subject, row in (("models_hub.Model", model), ("gallery.Image", image)):
        first = threads.comment(world.other, subject, row.pk, "A word.", key=uuid.uuid4())
        answer = threads.comment(world.owner, subject, row.pk, "Another.", parent_id=first.pk, key=uuid.uuid4())
        Comment.objects.filter(pk=first.pk).update(text=say("comment", 2000))
        Comment.objects.filter(pk=answer.pk).update(text=say("answer", 2000), mentions=[world.other.username])
        world.page(first, answer, f"/threads/{subject}/{row.pk}/")
    kept = Collection.objects.create(
        owner=world.owner, name=say("collection", 80), description=say("collection text", 900), shown="public", items=2
    )
    CollectionItem.objects.create(collection=kept, subject="models_hub.Model", row=model.pk)
    CollectionItem.objects.create(collection=kept, subject="gallery.Image", row=image.pk)
    world.page(kept)
    for kind in ("comment", "mention", "case", "follow"):
        Notification.objects.get_or_create(
            user=world.other, key=f"world:{kind}:{image.pk}",
            defaults={"kind": kind, "by": world.owner, "about": say("about", 200), "url": image.get_absolute_url()},
        )  # fmt: skip


def _money(world):
    from tests.factories import wallet
    from wallet.domain import accounts, holding
    from wallet.domain.transfers import transfer
    from wallet.money import credits

    wallet.give(world.owner, 5000, bonus=50)
    wallet.give(world.other, 5000)
    moves = [(accounts.of(world.other), -credits(5)), (accounts.of(world.owner), credits(5))]
    tip = transfer("tip", key=f"world:{next(_numbers)}", moves=moves, note=world.say("note", 300), by=world.other)
    holding.hold(world.other, credits(3), key=f"world:{next(_numbers)}", purpose="generation", lives=DAY)
    world.page(f"/wallet/receipts/{getattr(tip, 'pk', tip)}/", who="member")


def _bounties(world, model):
    import uuid

    from bounties.models import Bounty, Entry, EntryFile
    from tests.factories import bounties

    say = world.say
    bounty = bounties.put_up(world.owner)
    entry = bounties.enter(bounty, world.other, images=[bounties.picture_file()])
    Bounty.objects.filter(pk=bounty.pk).update(name=say("bounty", 120), description=say("brief", 2000))
    Entry.objects.filter(pk=entry.pk).update(name=say("entry", 120), description=say("entry text", 900))
    EntryFile.objects.create(
        entry=entry, name=say("entry file", 240), key=f"w/{uuid.uuid4()}", size_bytes=9, sha256="0" * 64
    )
    bounty.refresh_from_db()
    world.page(bounty, entry, "/bounties/")
    world.page(bounty, entry, f"/bounties/entries/{entry.pk}/edit/", who="member")


def _jobs(world, model, image):
    from generation.models import Generation, GenerationResource, GenerationResult
    from training.models import Dataset, DatasetPicture, Epoch, RunLine, TrainingRun, Unpacking

    say, other, now, version = world.say, world.other, timezone.now(), model.versions.get()
    job = Generation.objects.create(
        owner=other, base=version, prompt=say("prompt", 900), negative_prompt=say("negative", 300), width=64, height=64,
        steps=4, cfg_scale=5, sampler=say("sampler", 32), seed=1, submission=f"world{next(_numbers)}", state="failed",
        finished_at=now, error=say("error", 400), remix_of=image,
    )  # fmt: skip
    GenerationResource.objects.create(generation=job, version=version)
    GenerationResult.objects.create(generation=job, index=0, picture=world.picture(other), seed=1)
    dataset = Dataset.objects.create(owner=other, name=say("set", 80), trigger=say("trigger", 40))
    DatasetPicture.objects.create(
        dataset=dataset, picture=world.picture(other), name=say("file", 240), caption=say("caption", 900)
    )
    Unpacking.objects.create(
        dataset=dataset, key=f"w{next(_numbers)}", name=say("zip", 240), size_bytes=9, state="done", finished_at=now,
        refused=[[say("inside", 90), "not_a_picture"]],
    )  # fmt: skip
    run = TrainingRun.objects.create(
        owner=other, dataset=dataset, base=version, name=say("run", 80), trigger=say("trigger", 40), state="failed",
        finished_at=now, error=say("error", 400), prompts=[say("prompt", 290)], submission=f"world{next(_numbers)}",
        settings=_settings(),
    )  # fmt: skip
    RunLine.objects.create(run=run, text=say("line", 190))
    Epoch.objects.create(run=run, number=1, step=1, loss=1, key=f"e{next(_numbers)}", size_bytes=9, sha256="0" * 64)
    world.page("/create/", "/create/works/", dataset, run, "/training/", who="member")


def _settings():
    from dataclasses import asdict

    from training.trainer.settings import Settings

    return asdict(Settings())


def _moderation(world, image):
    from civitai.levels import Level
    from moderation.domain import deciding, queueing, reporting, seconding
    from moderation.models import Action, Appeal, RegistryEntry, Strike
    from tests.factories import gallery

    say = world.say
    report = reporting.report(world.other, ("gallery.Image", str(image.pk)), reason="other", text=say("report", 900))
    queueing.note(report.item, world.moderator, say("moderator's note", 900))
    queueing.let_go(report.item, world.moderator)
    hidden = gallery.published(world.owner, title=say("hidden post", 190), level=Level.PG)
    type(hidden).objects.filter(pk=hidden.pk).update(picture=world.picture(world.owner))
    second = reporting.report(world.other, ("gallery.Image", str(hidden.pk)), reason="spam", text=say("report", 900))
    decision = deciding.decide(
        second.item, world.moderator, action=Action.HIDE, clause="7.1", reason=say("reason", 900), strike=False
    )
    Strike.objects.create(owner=world.owner, decision=decision, expires_at=timezone.now() + DAY)
    appeal = Appeal.objects.create(
        decision=decision, by=world.owner, side="author", text=say("appeal", 900), first_decided_by=world.moderator
    )
    queueing.raise_item(("moderation.Appeal", str(appeal.pk)), queue="appeals", because=say("because", 400))
    third = gallery.published(world.owner, level=Level.PG)
    type(third).objects.filter(pk=third.pk).update(picture=world.picture(world.owner))
    asked = reporting.report(world.other, ("gallery.Image", str(third.pk)), reason="spam").item
    facts = {"action": Action.HIDE, "clause": "7.1", "reason": say("reason", 900), "facts": say("facts", 500)}
    seconding.propose(asked, world.moderator, why=say("why", 150), also=[report.item.pk], **facts)
    RegistryEntry.objects.create(kind="name", value=f"{say('registered', 150)} {next(_numbers)}", source=say("source", 80))  # fmt: skip
    world.page("/moderation/log/", "/policy/real-people/")
    world.page("/moderation/decisions/", decision, who="moderator")
    world.page(f"/report/gallery.Image/{image.pk}/", who="member")
    for queue in ("reports", "appeals", "second"):
        world.page(f"/moderation/?queue={queue}", who="moderator")
    world.page("/moderation/figures/", f"/moderation/search/?q=/images/{hidden.pk}/", who="moderator")
    world.page(f"/moderation/?queue={report.item.queue}&item={report.item.pk}", decision, who="moderator")


def _cases(world, model):
    from moderation.domain.cases import deciding, talking
    from moderation.models import CaseAppeal, CaseMail, CaseTarget, RemovalCase, SecretRead
    from tests.factories import cases, models_hub

    say = world.say
    theirs, agreed_model, kept_model = (
        _with_cover(world, models_hub.published(world.owner, name=say(f"{kind} model", 120)))
        for kind in ("an artist's", "licensed", "kept")
    )
    case, token = cases.in_talks(
        theirs, by=cases.moderator(), public_name=say("artist", 110), legal_name=say("legal", 110), wish="licensed",
        names=(f"Helena Prado {next(_numbers)}",), statement=say("statement", 900), units_per_image=500,
        address=f"world {next(_numbers)}",
    )  # fmt: skip
    offer = case.offers.get()
    type(offer).objects.filter(pk=offer.pk).update(message=say("offer", 900))
    CaseTarget.objects.filter(case=case).update(title=say("target", 190))
    RemovalCase.objects.filter(pk=case.pk).update(names=[say("name", 110)])
    case.refresh_from_db()
    world.page(f"/removal/{token}/", "/removal/")
    world.page(f"/moderation/cases/{case.reference}/", "/moderation/cases/", who="moderator")
    SecretRead.objects.create(secret=case.secret, by=world.moderator, purpose=say("purpose", 60))
    agreed, _token = cases.in_talks(
        agreed_model,
        wish="licensed",
        names=(f"Ada {next(_numbers)}",),
        units_per_image=500,
        address=f"w {next(_numbers)}",
    )
    offer = agreed.offers.get()
    talking.accept(agreed, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash, by=world.owner)
    kept, _token = cases.proven(kept_model, names=(f"Bea {next(_numbers)}",), address=f"w {next(_numbers)}")
    deciding.decide(kept, by=world.moderator, outcome="kept", because=say("because", 900))
    CaseAppeal.objects.create(case=kept, side="claimant", text=say("appeal", 900), was="kept")
    assert CaseMail.objects.exists()


def _with_cover(world, model):
    shown = world.picture(world.owner)
    model.versions.get().samples.update(picture=shown)
    type(model).objects.filter(pk=model.pk).update(cover=shown)
    model.refresh_from_db()
    return model
