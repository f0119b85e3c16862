"""A name that was taken out is looked for wherever links lead: as a visitor, a member, the uploader, by the API."""

import pytest
from django.test import Client

from bounties.models import EntryFile
from civitai import storages
from civitai.errors import Refused
from community.models import Collection, CollectionItem
from gallery.models import Image
from generation.domain import sharing
from generation.models import Generation
from models_hub.domain import withholding
from models_hub.models import Model
from moderation.domain.cases import appealing, deciding
from moderation.naming import Names
from tests.crawling import crawl
from tests.factories import cases, gallery, generation, models_hub, world
from tests.factories.cases import NAME, carried_out, proven
from tests.factories.community import image as picture_bytes
from tests.factories.community import ready

pytestmark = pytest.mark.django_db
SPELT = Names([NAME, "ヘレナ・プラド"])
# What others say of an artist stays, unless it is asked for and decided: words of third persons, and of the case itself.
OTHERS = {
    "comment", "answer", "review", "api key", "moderator's note", "report", "appeal", "note", "because", "reason", "source",
    "registered", "purpose", "artist", "legal", "statement", "offer", "target", "name", "kind", "why", "error", "hidden post",
    "an artist's model", "licensed model", "kept model", "base", "set", "run", "line", "zip", "inside", "caption",
}  # fmt: skip
SPELLINGS = ("Helena Prado", "helena_prado", "H3lena-Prado", "helenaprado", "ヘレナ・プラド")


def say(place, limit):
    from tests.factories.world import _numbers

    number = next(_numbers)
    name = "" if place in OTHERS else SPELLINGS[number % len(SPELLINGS)]
    return f"{place} {name} {number}"[:limit]


# Addresses of the reader's own doing, and the example in the form.
OWN = ("/login/?next=", '"next" value="', "placeholder=")
# A stranger's own training set is his own; what he publishes from it goes past the registry.
THEIR_OWN = ("/training/",)


@pytest.fixture
def full(people):
    """Every kind of thing, by Alice the uploader and Bob, each with the name wherever their words stand; the model."""
    named = iter(range(3))  # the model's sample, the image made with it, what Bob has drawn with it

    def picture(owner):
        number = next(world._numbers)
        said = f"a bird by Helena Prado {number}\nSteps: 20, Sampler: Euler, Model: helena_prado_xl"
        text = said if next(named, None) is not None else "a bird\nSteps: 20, Sampler: Euler"
        data = cases.stamped(picture_bytes(colour=(number * 37 % 255, 90, 140)), {"parameters": text})
        return ready(owner, data, shown=True, filename=f"helena_prado_{number}.png", level=1)

    world.fill(people.alice, people.bob, people.mona, say=say, picture=picture)
    model = Model.objects.order_by("pk").first()
    body = models_hub.safetensors(
        metadata={"ss_output_name": "helena_prado_xl", "ss_tag_frequency": '{"5_h3lenaprado": {"a": 1}}'}
    )
    file = model.versions.get().files.get()
    for row in (file, *EntryFile.objects.all()):
        storages.private().put(row.key, body)
        type(row).objects.filter(pk=row.pk).update(size_bytes=len(body))
    type(file).objects.filter(pk=file.pk).update(name="helena_prado.safetensors")
    # Drawn with it and not posted yet.
    Generation.objects.update(state="done", error="")
    return model


def seeds(model):
    version = model.versions.get()
    image = Image.objects.filter(resources__version=version).first()
    return [
        f"/models/{model.pk}/", f"/images/{image.pk}/", f"/posts/{image.post_id}/", f"/create/?remix={image.pk}",
        f"/api/v1/models/{model.pk}", f"/api/v1/model-versions/{version.pk}", f"/api/v1/model-versions/mini/{version.pk}",
        f"/api/v1/model-versions/by-hash/{version.files.get().hashes.get(kind='SHA256').value}",
        f"/api/download/models/{version.pk}", f"/collections/{Collection.objects.get(shown='public').pk}/",
        "/", "/models/", "/images/", "/bounties/", "/search/?q=bird", "/sitemap.xml", "/users/alice/",
        "/api/v1/models", "/api/v1/images", "/api/v1/tags", "/api/v1/creators",
    ]  # fmt: skip


MINE = ["/notifications/", "/wallet/", "/create/", "/create/works/", "/models/mine/", "/collections/", "/cases/", "/settings/", "/moderation/decisions/", "/api/v1/me"]  # fmt: skip


def named_in(answers):
    """{what stands before the name: where}."""
    found = {}
    for url, body in answers.items():
        text = body.decode("utf-8", "ignore")
        for start, end in SPELT.found(text) if not url.startswith(THEIR_OWN) else ():
            if not any(mark in text[max(0, start - 90) : start] for mark in OWN):
                found.setdefault(text[max(0, start - 40) : end], url)
    return found


@pytest.mark.parametrize("who", ["nobody", "bob", "alice"])
def test_no_page_that_links_lead_to_says_a_name_that_was_taken_out(full, people, commit, who):
    user, client = getattr(people, who), Client()
    if user.is_authenticated:
        client.force_login(user)
    asked = [*seeds(full), *(MINE if user.is_authenticated else ())]
    before = named_in(crawl(client, asked, most=len(asked)))
    assert len(before) > 40, "the crawler sees nothing at all"
    case, _token = proven(full)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name, in use.")
        carried_out(case)
        withholding.settle_files(full.pk)
    assert case.state == "closed_renamed"
    answers = crawl(client, asked, most=110)
    assert len(answers) == 110 and named_in(answers) == {}


def test_what_was_drawn_before_does_not_say_it_when_it_is_posted_after(full, people, commit):
    """And an objection gives its owner his words and his file back."""
    generation = Generation.objects.get()
    shot = generation.results.get().picture
    file = storages.private().read(shot.clean_key)
    assert SPELT.are_in(generation.prompt) and SPELT.are_in(file.decode("latin-1"))
    case, _token = proven(full)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name, in use.")
        carried_out(case)
    was, generation = generation, Generation.objects.get()
    generation.resources.all().delete()  # the same version twice
    post = sharing.post(generation, by=people.bob)
    image = post.images.get()
    assert not SPELT.are_in(image.prompt + image.negative_prompt + str(image.settings))
    assert not any(SPELT.are_in(row.name) for row in image.resources.all())
    assert not SPELT.are_in(storages.private().read(shot.clean_key).decode("latin-1"))
    found = appealing.appeal(case, "uploader", "It is my own name too.", by=people.alice)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="Two people of one name.")
        carried_out(case)
    generation.refresh_from_db()
    assert (generation.prompt, generation.negative_prompt) == (was.prompt, was.negative_prompt)
    assert storages.private().read(shot.clean_key) == file


def test_a_picture_that_comes_later_does_not_tie_the_name_to_the_model_again(full, people, commit):
    from gallery.domain import posting, recipes

    case, _token = proven(full)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name, in use.")
        carried_out(case)
    version = full.versions.get()
    old = version.files.get().hashes.get(kind="AutoV3").value
    text = f'a bird, <lora:helena_prado_xl:0.8>, by Helena Prado\nSteps: 20, Sampler: Euler, Model: base, Lora hashes: "helena_prado_xl: {old}"'
    shot = ready(people.charlie, cases.stamped(picture_bytes(), {"parameters": text}), filename="late.png", level=1)
    post = posting.start(people.charlie)
    image = posting.add_image(post, shot)
    posting.rate(image, 1)
    posting.publish(post, people.charlie)
    assert image.resources.exclude(version=None).get().version == version
    answers = crawl(
        Client(),
        [
            f"/images/{image.pk}/",
            f"/posts/{post.pk}/",
            shot.original_url,
            "/api/v1/images",
            f"/create/?remix={image.pk}",
        ],
        most=5,
    )
    assert len(answers) == 5 and named_in(answers) == {}
    with pytest.raises(Refused, match="taken out"):
        posting.correct(image, prompt="by H3lena Prado", negative_prompt="", hide_recipe=False)
    with pytest.raises(Refused, match="taken out"):
        posting.describe(post, title="Helena-Prado study")
    recipes.unlink(image, image.resources.values_list("pk", flat=True))
    posting.describe(post, title="What I saw at Helena Prado's")


def test_names_find_rows_in_every_spelling_that_they_find_in_texts(people):
    spelt = [
        "Helena Prado",
        "HELENA_PRADO",
        "h3l3na-pr4d0",
        "Héléna  Pràdo",
        "Неlena Prado",
        "by helenaprado.",
        "h.e.l.e.n.a prado",
        "Prado Helena",
        "ヘレナ・プラド",
        "ヘレナ プラド",
    ]
    rows = [Collection.objects.create(owner=people.alice, name=text) for text in spelt]
    for other in ("Helen Prad", "Prado", "Selena Prada"):
        Collection.objects.create(owner=people.alice, name=other)
    found = Collection.objects.filter(SPELT.said_in("name"))
    assert {row.name for row in found} == {row.name for row in rows} and all(SPELT.are_in(text) for text in spelt)
    assert not Collection.objects.filter(Names([]).said_in("name"))


# Freeze levels: what is public of a thing while somebody's right to it is looked at.


def _level(model, level):
    from moderation.domain.cases import freezing

    case, _token = cases.filed(model, ticked=("likeness",), wish="removed")
    freezing.freeze_all(case, level, reason="test")
    return case


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_frozen_model_is_named_nowhere_to_others(people, commit, level):
    """In no list, search, page, answer of the API, link preview, collection, feed, studio or sitemap."""
    name = "Taylor Neighbour"
    version = generation.lora(people.alice, name=name)
    generation.pocket_base(people.alice)
    model = version.model
    image = gallery.published(people.bob, version=version, title="A study")
    kept = Collection.objects.create(owner=people.bob, name="Kept", shown="public", items=1)
    CollectionItem.objects.create(collection=kept, subject="models_hub.Model", row=model.pk)
    named = model.get_absolute_url()
    sha256 = version.files.get().hashes.get(kind="SHA256").value
    addresses = [
        f"/models/{model.pk}/model/", f"/models/{model.pk}/reviews/", f"/images/{image.pk}/", f"/posts/{image.post_id}/", kept.get_absolute_url(),
        f"/images/?version={version.pk}", f"/create/?version={version.pk}", f"/create/?remix={image.pk}", "/models/?q=taylor", "/search/?q=taylor",
        f"/api/v1/models/{model.pk}", f"/api/v1/model-versions/{version.pk}", f"/api/v1/model-versions/mini/{version.pk}",
        f"/api/v1/model-versions/by-hash/{sha256}", "/api/v1/models?query=taylor", "/api/v1/images?withMeta=true", "/sitemap-models.xml", "/users/alice/", "/",
    ]  # fmt: skip
    spelt = Names([name])
    for user in (None, people.charlie):
        client = Client()
        client.force_login(user) if user else None
        before = {url for url in [*addresses, named] if spelt.are_in(client.get(url).content.decode())}
        assert len(before) >= 10, before
    with commit():
        _level(model, level)
    for user in (None, people.charlie):
        client = Client()
        client.force_login(user) if user else None
        said = {}
        for url in addresses:
            text = client.get(url, follow=True).content.decode().replace("taylor", "")
            if spans := spelt.found(text):
                said[url] = text[max(0, spans[0][0] - 60) : spans[0][1]]
        assert said == {}
    status = {1: 200, 2: 451, 3: 451}[level]
    assert Client().get(named).status_code == status  # who has the address keeps it
    page = Client().get(f"/models/{model.pk}/", follow=True)
    assert page.status_code == status and "taylor" not in page.redirect_chain[-1][0] if level == 1 else True
    download = Client().get(f"/api/download/models/{version.pk}")
    assert download.status_code == (307 if level == 1 else 404)
    assert ("taylor" not in download["Location"]) if level == 1 else True
    own, moderated = Client(), Client()
    own.force_login(people.alice)
    moderated.force_login(people.mona)
    assert spelt.are_in(own.get(f"/models/{model.pk}/", follow=True).content.decode())
    assert spelt.are_in(moderated.get(f"/models/{model.pk}/", follow=True).content.decode())
