"""Builds the demo site, or completes one that was interrupted. A second run finds everything there."""

import json
import os
import random
import time
from dataclasses import dataclass

from django.conf import settings

from civitai.jobs import JobState
from community.domain import reacting
from community.models import Reaction
from gallery.models import Image
from generation.domain import asking, bases, drawing, sharing
from generation.models import Generation
from models_hub.models import Model
from pages.demo import parts, people, publishing
from pages.demo.drawing import drawn
from pages.demo.works import DRAWN, works

# Below what one member may like in a minute.
MOST_LIKES = 25
DRAWN_SEED = 20_250_000
DRAW_EVERY = 5
PATIENCE_S = 120


@dataclass
class Made:
    """What this run added."""

    people: int = 0
    models: int = 0
    pictures: int = 0
    drawings: int = 0
    likes: int = 0

    def __bool__(self):
        return bool(self.people or self.models or self.pictures or self.drawings)


def build(scale, *, progress=lambda done, total, what: None):
    """Everything of `scale` that is not there yet; returns what was Made. Raises RuntimeError where this is no demo."""
    made = Made()
    members, made.people = people.settle()
    write_sign_ins()
    rng = random.Random(7)
    if made.people:
        people.befriend(members, rng)
    wanted = [(one, shot) for one in works(scale) for shot in one.shots]
    drawings = [] if scale == "xs" else list(enumerate(DRAWN))
    total = len(wanted) + len(drawings)
    progress(0, total, "base")
    base = _base(members["mvhr"], scale, made)

    def draw_next():
        if drawings:
            number, one = drawings.pop(0)
            made.drawings += _draw(number, *one, members, base)

    def step(done):
        # One now and then, once all models are there: otherwise they would stand in a row.
        if done > len(works(scale)) and done % DRAW_EVERY == 0:
            draw_next()
        progress(done, total, "pictures")

    _hang(wanted, members, base, made, step)
    while drawings:
        progress(total - len(drawings), total, "drawings")
        draw_next()
    _portraits(members)
    parts.seed_all(members)
    if made:
        made.likes = _like(members, rng)
        people.read_their_notices(members)
    progress(total, total, "done")
    return made


def _base(owner, scale, made):
    """The pocket model, which draws its own samples; the smallest scale goes without."""
    if scale == "xs":
        return None
    before = Model.objects.count()
    base = bases.add_pocket_family(owner)
    made.models += Model.objects.count() - before
    return base


def _hang(wanted, members, base, made, step):
    """Pictures, models and posts in an order that mixes the series, so that no wall shows one hand alone."""
    order = random.Random(11).sample(wanted, len(wanted))
    # The first picture of a series is the cover of its model, which the others name.
    order.sort(key=lambda pair: pair[1] is not pair[0].shots[0])
    missing = [pair for pair in order if publishing.post_of(pair[1], _author(pair, members)) is None]
    done = len(wanted) - len(missing)
    jobs = [(shot.family or one.family, shot.size, shot.how) for one, shot in missing]
    for (one, shot), png_bytes in zip(missing, drawn(jobs), strict=True):
        author, owner = _author((one, shot), members), members[one.owner]
        shown = publishing.picture(author, png_bytes, filename=f"{shot.title}.png")
        model = publishing.model_of(one, owner)
        if model is None:
            model = publishing.publish_model(one, owner, shown)
            made.models += 1
        publishing.publish_post(shot, one, author, shown, publishing.version_of(model), base)
        made.pictures += 1
        done += 1
        step(done)


def _author(pair, members):
    series, shot = pair
    return members[shot.by or series.owner]


def _draw(number, username, prompt, lora, members, base):
    """A picture by the pocket model itself, asked for and posted as a member does. Returns how many are new."""
    owner = members[username]
    submission = f"demo-{number}"
    if Generation.objects.filter(owner=owner, submission=submission, state=JobState.DONE, results__image__isnull=False):
        return 0
    versions = [publishing.version_of(model) for model in Model.objects.published().filter(name=lora)] if lora else []
    generation = asking.ask(
        owner,
        asking.Wish(
            base=base,
            prompt=prompt,
            width=128,
            height=128,
            steps=25,
            cfg_scale=5.0,
            seed=DRAWN_SEED + number,
            loras=tuple((version, 0.6) for version in versions[:1]),
            submission=submission,
        ),
    )
    drawing.draw(generation.pk)
    _wait(generation)
    if generation.state != JobState.DONE:
        return 0
    sharing.post(generation, by=owner)
    return 1


def _wait(generation):
    """A worker of a running site may have been quicker; then it is its work, and we wait for it."""
    until = time.monotonic() + PATIENCE_S
    generation.refresh_from_db()
    while not generation.is_final and time.monotonic() < until:
        time.sleep(0.5)
        generation.refresh_from_db()


def _portraits(members):
    """Most wear one of their own pictures; some keep their initial."""
    for person in people.PEOPLE:
        member = members[person.username]
        if member.avatar_uuid is None and person.username not in ("sable", "vo_dalva"):
            own = Image.objects.in_feed().filter(owner=member, made_here=False).order_by("id").first()
            if own is not None:
                member.wear(own.picture_id)


def _like(members, rng):
    """Hearts of everybody for some of the rest; each is a row like any other. Returns how many are new."""
    images = list(Image.objects.in_feed().order_by("id").values_list("pk", "owner"))
    models = list(Model.objects.published().order_by("id").values_list("pk", "owner"))
    # Some things are liked by many, most by a few.
    taste = {pk: rng.random() ** 2 for pk, _owner in images}
    before = Reaction.objects.count()
    for member in members.values():
        liked = [pk for pk, owner in images if owner != member.pk and rng.random() < 0.15 + taste[pk] * 0.6]
        for pk in rng.sample(liked, min(len(liked), MOST_LIKES - 7)):
            reacting.toggle(member, "gallery.Image", pk, wanted=True)
        others = [pk for pk, owner in models if owner != member.pk]
        chosen = rng.sample(others, min(len(others), rng.randint(2, 7)))
        for pk in chosen:
            reacting.toggle(member, "models_hub.Model", pk, wanted=True)
    return Reaction.objects.count() - before


def write_sign_ins():
    """DATA_DIR/demo-sign-ins.json, readable by its owner alone."""
    path = settings.DATA_DIR / "demo-sign-ins.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(people.sign_ins(), file, indent=2)
    draft.replace(path)
    return path
