"""The places of models in the lists of types, base models, tags and times are what the models themselves say."""

import random
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Follow
from civitai.levels import LADDER
from community.domain import collecting
from community.models import CollectionItem, Tag
from models_hub import asking, browsing
from models_hub.catalogue.kinds import ADAPTERS, CheckpointType, FileFormat
from models_hub.catalogue.licences import steps_to
from models_hub.domain import placing
from models_hub.models import Model, ModelFile, ModelPlace, ModelVersion
from models_hub.models.place import MARKS, mark
from models_hub.queries import with_card
from models_hub.states import FileState, ModelState
from tests.at_once import at_once
from tests.factories import models_hub

COUNTED = ("downloads", "likes", "thumbs_up", "comments", "collected", "images")
SAID = ("model_id", "last_version_at", *COUNTED, "owner", "type", "bases", "marks", "level_mask", "tag_ids")
DAYS = (1, 7, 30, 365)


def kept():
    return sorted((row[0], *map(str, row[1:])) for row in ModelPlace.objects.values_list("of", *SAID))


def said():
    """What the places should be, worked out from the models alone."""
    found, now = [], timezone.now()
    for model in Model.objects.published():
        versions = model.versions.filter(state=ModelState.PUBLISHED).exclude(base_model="")
        bases = sorted(set(versions.values_list("base_model", flat=True)))
        marks = marks_of(model)
        row = (
            model.pk, model.last_version_at, *(getattr(model, name) for name in COUNTED), model.owner_id, model.type, bases,
            mark(*marks), model.level_mask, model.tag_ids,
        )  # fmt: skip
        of = ["all", f"type {model.type}", *(f"base {base}" for base in bases), f"owner {model.owner_id}"]
        of += [f"base {base}, type {model.type}" for base in bases] + [f"is {name}" for name in marks]
        of += [f"level {int(level)}" for level in LADDER if level & model.level_mask]
        if model.type in ADAPTERS:
            ready = model.versions.filter(state=ModelState.PUBLISHED, files__state=FileState.READY)
            of += {f"fits {base}" for base in ready.values_list("base_model", flat=True)}
        of += [f"tag {tag}" for tag in model.tags.values_list("pk", flat=True)]
        if model.last_version_at:
            of += [f"days {days}" for days in DAYS if model.last_version_at > now - timedelta(days=days)]
        found += [(one, *map(str, row)) for one in of]
    return sorted(found)


def marks_of(model):
    """What it is and is not, by the words of MARKS."""
    versions = model.versions.filter(state=ModelState.PUBLISHED)
    files = ModelFile.objects.filter(version__in=versions, state=FileState.READY)
    said = {
        "free of credit": model.allow_no_credit, "credit": not model.allow_no_credit,
        "derivatives": model.allow_derivatives, "no derivatives": not model.allow_derivatives,
        "any licence": model.allow_different_license, "same licence": not model.allow_different_license,
        "trained here": versions.exclude(parent=None).exists(), "drawn": files.filter(version__can_generate=True).exists(),
        **{kind: model.checkpoint_type == kind for kind in CheckpointType.values},
        **{use: bool({*steps_to(use)} & {*model.allow_commercial_use}) for use in ("Image", "RentCivit", "Rent", "Sell")},
        **{format: files.filter(format=format).exists() for format in FileFormat.values},
    }  # fmt: skip
    assert set(said) == set(MARKS)
    return [name for name in MARKS if said[name]]


class Story:
    """One act after another, as chance has it."""

    def __init__(self, people, seed):
        self.people, self.chance = people, random.Random(seed)
        self.tags = [Tag.objects.create(name=f"tag {number}") for number in range(3)]

    def model(self):
        return Model.objects.order_by("?").first() or self.publish()

    def change(self, **fields):
        Model.objects.filter(pk=self.model().pk).update(**fields)

    def publish(self):
        model = models_hub.published(self.people.alice)
        at = timezone.now() - timedelta(hours=self.chance.choice([1, 30, 200, 2000, 20_000]))
        Model.objects.filter(pk=model.pk).update(last_version_at=at)
        return model

    def tag(self):
        self.model().tags.set(self.chance.sample(self.tags, self.chance.randrange(4)))

    def download(self):
        self.change(downloads=F("downloads") + 1)

    def like(self):
        self.change(likes=F("likes") + 1)

    def another_version(self):
        state = self.chance.choice([ModelState.PUBLISHED, ModelState.DRAFT])
        models_hub.another_version(
            self.model(), name="v9", base_model=self.chance.choice(["Pocket", "SD 1.5"]), state=state
        )

    def count(self):
        self.change(**{self.chance.choice(COUNTED[2:]): self.chance.randrange(4)})

    def license(self):
        name = self.chance.choice(["allow_no_credit", "allow_derivatives", "allow_different_license"])
        self.change(
            **{name: self.chance.random() < 0.5},
            allow_commercial_use=self.chance.choice([[], ["Image"], ["RentCivit"], ["Sell"]]),
            checkpoint_type=self.chance.choice(["", "Trained", "Merge"]),
        )

    def version(self):
        return ModelVersion.objects.filter(model=self.model()).first() or self.publish().versions.get()

    def add_file(self):
        models_hub.ready_file(
            self.version(), format=self.chance.choice(["GGUF", "SafeTensor", "Diffusers"]), is_primary=False
        )

    def check_file(self):
        ModelFile.objects.filter(pk__in=ModelFile.objects.order_by("?")[:1]).update(
            state=self.chance.choice([FileState.READY, FileState.REMOVED]), scanned_at=timezone.now()
        )

    def delete_file(self):
        ModelFile.objects.filter(version=self.version()).delete()

    def draw(self):
        ModelVersion.objects.filter(pk=self.version().pk).update(can_generate=self.chance.random() < 0.7)

    def train(self):
        ModelVersion.objects.filter(pk=self.version().pk).update(
            parent=self.chance.choice([None, ModelVersion.objects.first()])
        )

    def rebase(self):
        ModelVersion.objects.filter(model=self.model()).update(base_model="Pony")

    def take_version_in(self):
        ModelVersion.objects.filter(model=self.model()).update(state=ModelState.UNPUBLISHED)

    def delete_version(self):
        self.model().versions.all().delete()

    def hide(self):
        self.model().hide(by=self.people.mona, reason="spam")

    def show(self):
        self.model().restore(by=self.people.mona)

    def freeze(self):
        self.change(freeze_level=self.chance.randrange(4), frozen_at=timezone.now())

    def take_down(self):
        self.change(taken_down_at=self.chance.choice([None, timezone.now()]))

    def rate(self):
        self.change(level_mask=self.chance.choice([1, 3, 7]))

    def retype(self):
        self.change(type="Checkpoint")

    def delete(self):
        self.model().delete()


ACTS = [name for name in vars(Story) if not name.startswith("_") and name not in ("model", "change", "version")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_they_follow_whatever_happens(people, seed):
    story = Story(people, seed)
    for _number in range(80):
        getattr(story, story.chance.choice(ACTS))()
        assert kept() == said()


@pytest.mark.django_db(transaction=True)
def test_a_version_that_comes_while_its_model_does_has_its_place(people):
    for number in range(10):
        model = models_hub.published(people.alice, name=f"Model {number}")
        Model.objects.filter(pk=model.pk).update(state=ModelState.DRAFT)
        out = partial(Model.objects.filter(pk=model.pk).update, state=ModelState.PUBLISHED)
        at_once([out, partial(models_hub.another_version, model, base_model="Pony")])
        assert ModelPlace.objects.filter(model=model, of="base Pony").exists()
    assert kept() == said()


def all_pages(found, limit):
    """The keys of what it has, page after page by cursor; and by numbers the same."""
    seen, cursor = [], None
    while True:
        page = found.page(with_card, cursor=cursor, limit=limit)
        seen += [row.pk for row in page.rows]
        assert [row.pk for row in found.page(limit=limit, start=len(seen) - len(page.rows)).rows] == [
            row.pk for row in page.rows
        ]
        cursor = page.next_cursor
        if cursor is None:
            return seen


def a_site(people):
    story = Story(people, 7)
    acts = [
        "publish",
        "tag",
        "another_version",
        "download",
        "like",
        "rate",
        "hide",
        "license",
        "count",
        "add_file",
        "draw",
    ]
    for _number in range(90):
        getattr(story, story.chance.choice([*acts, "train", "rebase"]))()
    Model.objects.filter(pk__in=Model.objects.order_by("?")[:3]).update(owner=people.bob)
    people.bob.hidden_tags, people.bob.hidden_people = [story.tags[0].pk], []
    Follow.objects.get_or_create(follower=people.bob, followed=people.charlie)
    # By chance all may be hidden, or of a tag that bob hides: then nothing would be compared.
    while Model.objects.listed_to(people.bob).count() < 8:
        story.publish()
    return story


@pytest.mark.django_db
def test_a_list_finds_by_places_what_it_finds_without(people):
    a_site(people)
    lengths = []
    asked = (
        "type=LORA", "type=LORA&type=Checkpoint", "base=Pocket", "base=Pocket&base=SD 1.5", "base=Pocket&type=LORA", "tag=tag 1",
        "period=week", "tag=tag 1&period=month&level=1", "licence=sold", "licence=paid&licence=merged", "licence=unnamed&type=LORA",
        "format=GGUF", "format=GGUF&format=Diffusers&base=Pocket", "format=SafeTensor", "level=1", "level=2", "from=following",
        "from=following&type=LORA&period=week", "",
    )  # fmt: skip
    for query in asked:
        for sort, (_label, order) in browsing.SORTS.items():
            for user in (people.nobody, people.bob):
                wanted = browsing.Asked.of(QueryDict(f"{query}&sort={sort}"))
                found = browsing.listed(wanted, user)
                rows = list(browsing.models(wanted, user).order_by(*order).values_list("pk", flat=True))
                assert all_pages(found, 3) == rows, (query, sort)
                counted = browsing.counted(found, 1)
                assert counted.count == len(rows), query
                lengths.append(len(rows))
    assert sum(map(bool, lengths)) > 30


def plainly(query, user):
    """What programs ask for, of the models themselves."""
    shown = ModelVersion.objects.filter(state=ModelState.PUBLISHED)
    ready = shown.filter(files__state=FileState.READY)
    said = {
        "types": lambda v: Q(type__in=v), "baseModels": lambda v: Q(pk__in=shown.filter(base_model__in=v).values("model")),
        "checkpointType": lambda v: Q(checkpoint_type__iexact=v[0]), "username": lambda v: Q(owner__username=v[0]),
        "fileFormats": lambda v: Q(pk__in=shown.filter(files__format__in=v, files__state=FileState.READY).values("model")),
        "fromPlatform": lambda v: Q(pk__in=shown.exclude(parent=None).values("model")),
        "supportsGeneration": lambda v: Q(pk__in=ready.filter(
            Q(can_generate=True) | Q(model__type__in=ADAPTERS, base_model="Pocket")).values("model")),
        "allowNoCredit": lambda v: Q(allow_no_credit=v[0] == "true"), "allowDerivatives": lambda v: Q(allow_derivatives=v[0] == "true"),
        "allowDifferentLicense": lambda v: Q(allow_different_license=v[0] == "true"),
        "allowCommercialUse": lambda v: Q(allow_commercial_use__overlap=steps_to(v[0])),
        "tag": lambda v: Q(tags__name=v[0]), "followed": lambda v: Q(owner__in=Follow.objects.filter(follower=user).values("followed")),
        "period": lambda v: Q(last_version_at__gt=timezone.now() - timedelta(days=asking.PERIODS[v[0].lower()])),
        "browsingLevel": lambda v: Q(level_mask__in=[mask for mask in range(32) if mask & int(v[0])]),
        "ids": lambda v: Q(pk__in=v),
    }  # fmt: skip
    given = {"browsingLevel": ["1"], **{name: query.getlist(name) for name in query}}
    rows = Model.objects.listed_to(user)
    for name, values in given.items():
        rows = rows.filter(said[name](values))
    return rows


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_programs_find_by_places_what_they_would_find_without(people, seed, monkeypatch):
    a_site(people)
    monkeypatch.setattr(asking, "drawn_bases", lambda: ["Pocket"])
    monkeypatch.setattr(asking, "fits", lambda name, base: name == base)
    chance = random.Random(seed)
    some = {
        "types": ["LORA", "Checkpoint", "VAE"], "baseModels": ["Pocket", "SD 1.5", "Pony"], "checkpointType": ["trained", "Merge"],
        "username": ["alice", "bob"], "fileFormats": ["GGUF", "SafeTensor", "Diffusers"], "fromPlatform": ["true"],
        "supportsGeneration": ["true"], "allowNoCredit": ["true", "false"], "allowDerivatives": ["true", "false"],
        "allowDifferentLicense": ["true", "false"], "allowCommercialUse": ["Image", "RentCivit", "Rent", "Sell"],
        "tag": ["tag 1", "tag 2", "none"], "followed": ["true"], "period": ["Day", "Week", "Month"], "browsingLevel": ["1", "3", "4", "31"],
        "ids": [str(pk) for pk in Model.objects.values_list("pk", flat=True)[:5]],
    }  # fmt: skip
    found_any = 0
    for number in range(80):
        query = QueryDict(mutable=True)
        for name in chance.sample(list(some), 1 + number % 3):
            several = name in ("types", "baseModels", "fileFormats", "ids")
            query.setlist(name, chance.sample(some[name], chance.randrange(1, 3) if several else 1))
        for sort, order in asking.SORTS.items():
            query["sort"] = sort
            found = asking.found(query, asking.mask_of(query), people.bob)
            del query["sort"]
            rows = list(plainly(query, people.bob).distinct().order_by(*order).values_list("pk", flat=True))
            assert all_pages(found, 4) == rows, (query.urlencode(), sort)
            found_any += bool(rows)
    assert found_any > 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["fileFormats=Trained", "checkpointType=Diffusers", "allowCommercialUse=SafeTensor", "allowCommercialUse=None", "browsingLevel=0",
     "fileFormats=nothing", "types=nothing", "baseModels=nothing", "username=nobody", "earlyAccess=true"],
)  # fmt: skip
def test_what_no_model_has_finds_none(people, query):
    models_hub.published(people.alice, type="Checkpoint", checkpoint_type="Trained", allow_commercial_use=["Sell"])
    given = QueryDict(query)
    for sort in asking.SORTS:
        assert not asking.found(given, asking.mask_of(given), people.nobody).page(limit=5).rows, sort


@pytest.mark.django_db
def test_what_has_left_a_time_is_not_listed_there_before_it_is_swept(client, people):
    model = models_hub.published(people.alice, name="Papercut")
    link = model.get_absolute_url()
    address = "/models/?period=week&sort=likes"
    assert link in client.get(address).content.decode()
    ModelPlace.objects.filter(of="days 7").update(leaves_at=timezone.now())
    assert link not in client.get(address).content.decode()
    assert placing.leave_periods() == 1
    assert sorted(ModelPlace.objects.filter(of__startswith="days").values_list("of", flat=True)) == [
        "days 1",
        "days 30",
        "days 365",
    ]


@pytest.mark.django_db(transaction=True)
def test_collections_are_counted_by_the_database(people):
    model, other = models_hub.published(people.alice), models_hub.published(people.alice, name="Glass")
    members = [people.bob, people.charlie, people.mona]
    refused = at_once([lambda who=who: collecting.keep(who, "models_hub.Model", model.pk) for who in members])
    assert not refused and Model.objects.get(pk=model.pk).collected == 3
    CollectionItem.objects.filter(collection__owner=people.bob).delete()
    people.mona.collections.all().delete()
    assert Model.objects.get(pk=model.pk).collected == 1
    assert Model.objects.get(pk=other.pk).collected == 0
