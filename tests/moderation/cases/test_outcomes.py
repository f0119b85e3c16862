"""What an outcome leaves: a tombstone, or a thing without the name; and how it all comes back."""

import json
import time

import pytest
from django.test import Client

from accounts.domain import notices
from civitai import storages
from community.models import Collection
from gallery.models import Image, ImageResource
from models_hub.domain import choosing, withholding
from models_hub.models import Choice, Model
from moderation.domain.cases import appealing, deciding
from moderation.naming import Names
from tests.factories import cases, gallery
from tests.factories.cases import NAME, carried_out, proven
from tests.factories.community import ready

pytestmark = pytest.mark.django_db
SPELT = Names([NAME, "ヘレナ・プラド"])


@pytest.fixture
def world(people):
    """A model with the name everywhere, an image made with it by somebody else, an image file that says it, a post."""
    model = cases.prado(people.alice)
    version = model.versions.get()
    image = gallery.published(
        people.bob,
        version=version,
        title="After Helena Prado",
        prompt="a bird, <lora:helena_prado_xl:0.8>, by H3lena Prado",
        settings={"model_name": "helena-prado", "steps": 20},
    )
    text = "a bird by Helena Prado\nSteps: 20, Sampler: Euler, Model: helena_prado_xl"
    shot = ready(people.bob, cases.png({"parameters": text}), filename="helena_prado.png", shown=True)
    Image.objects.filter(pk=image.pk).update(picture=shot, level=shot.level or 1)
    type(shot).objects.filter(pk=shot.pk).update(level=1)
    ImageResource.objects.filter(image=image).update(name="helena_prado_xl")
    notices.notify(
        [people.charlie], "tip", by=people.bob, url=model.get_absolute_url(), about="Helena Prado Linocut XL"
    )
    Collection.objects.create(owner=people.alice, name="Helena Prado, mine", shown="public")
    choosing.choose(model, by=people.mona, words="As Helena Prado cuts it.")
    return model, version, Image.objects.get(pk=image.pk)


def pages(model, version, image, sha256):
    return [
        f"/models/{model.pk}/",
        "/",
        "/models/",
        "/models/?q=helena+prado",
        "/models/?tag=helena+prado",
        "/images/",
        f"/images/{image.pk}/",
        f"/images/{image.pk}/alike/",
        f"/posts/{image.post_id}/",
        "/users/alice/",
        "/users/bob/",
        "/search/?q=linocut",
        "/notifications/",
        "/users/alice/collections/",
        "/api/v1/models",
        f"/api/v1/models/{model.pk}",
        f"/api/v1/model-versions/{version.pk}",
        f"/api/v1/model-versions/by-hash/{sha256}",
        "/api/v1/images",
        "/api/v1/tags",
        "/api/v1/creators",
        f"/api/download/models/{version.pk}",
        image.picture.original_url,
    ]


def answers(client, urls):
    """Everything that comes back, headers and what an address leads to included."""
    import urllib.request

    for url in urls:
        response = client.get(url, follow=False)
        hops = 0
        while response.status_code in (301, 302, 303, 307) and hops < 4:
            yield url, response["Location"].encode()
            if response["Location"].startswith("http"):
                with urllib.request.urlopen(response["Location"], timeout=20) as told:
                    yield url, str(told.headers).encode()
                    yield url, told.read()
                break
            response = client.get(response["Location"])
            hops += 1
        body = b"".join(response.streaming_content) if response.streaming else response.content
        yield url, body
        yield url, str(response.headers).encode()


def said(body, url=""):
    """Occurrences in a text; what the searcher typed himself, and the page tells him back, does not count."""
    text = body.decode("utf-8", "ignore").replace("helena+prado", "")
    if "helena+prado" in url:
        text = text.replace("helena prado", "")
    return [text[start : end + 20] for start, end in SPELT.found(text)]


def logged_in(user):
    client = Client()
    if user.is_authenticated:
        client.force_login(user)
    return client


@pytest.mark.parametrize("who", ["nobody", "charlie", "bob"])
def test_after_it_no_page_header_or_file_says_the_name(world, people, commit, who):
    model, version, image = world
    client = logged_in(getattr(people, who))
    old_file = version.files.get()
    sha256 = old_file.hashes.get(kind="SHA256").value
    old_header, tensors = cases.header_of(cases.bytes_of(old_file))
    old_slug = model.slug
    urls = pages(model, version, image, sha256)
    assert any(said(body) for _url, body in answers(client, urls)), "the crawler sees nothing at all"

    case, _token = proven(model)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name, in use.")
        carried_out(case)
        withholding.settle_files(model.pk)

    found = {url: words for url, body in answers(client, urls) if (words := said(body, url))}
    assert found == {}
    assert client.get(f"/models/{model.pk}/{old_slug}/").status_code == 410
    assert client.get(f"/api/v1/model-versions/by-hash/{sha256}").json()["modelId"] == model.pk
    file = version.files.get()
    new = cases.bytes_of(file)
    header, same = cases.header_of(new)
    assert same == tensors and header["__metadata__"] != old_header["__metadata__"]
    assert json.loads(header["__metadata__"]["ss_tag_frequency"])
    assert file.hashes.get(kind="SHA256").value != sha256


def test_an_objection_puts_every_byte_back(world, people, commit):
    model, version, image = world
    client = logged_in(people.charlie)
    file = version.files.get()
    bytes_before = cases.bytes_of(file)
    hashes = set(file.hashes.values_list("kind", "value"))
    row = Model.objects.filter(pk=model.pk).values("name", "description", "gone_slugs").get()
    page = client.get(f"/api/v1/models/{model.pk}").json()
    picture = _bytes_of_original(client, image)
    case, _token = proven(model)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name, in use.")
        carried_out(case)
    found = appealing.appeal(case, "uploader", "It is my own name too.", by=people.alice)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="Two people of one name.")
        carried_out(case)
        withholding.settle_files(model.pk)
    file.refresh_from_db()
    assert cases.bytes_of(file) == bytes_before and set(file.hashes.values_list("kind", "value")) == hashes
    assert Model.objects.filter(pk=model.pk).values("name", "description", "gone_slugs").get() == row
    again = client.get(f"/api/v1/models/{model.pk}").json()
    assert _timeless(again) == _timeless(page)
    assert _bytes_of_original(client, image) == picture
    assert Choice.objects.get(model=model).words == "As Helena Prado cuts it."
    assert Image.objects.get(pk=image.pk).prompt == image.prompt


def _timeless(value):
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items() if key != "updatedAt"}
    return [_timeless(part) for part in value] if isinstance(value, list) else value


def _bytes_of_original(client, image):
    import urllib.request

    response = client.get(image.picture.original_url)
    with urllib.request.urlopen(response["Location"], timeout=20) as told:
        return told.read()


def test_removed_leaves_a_tombstone_that_answers_to_its_hash(world, people, commit):
    model, version, image = world
    client = logged_in(people.charlie)
    file = version.files.get()
    sha256, key = file.hashes.get(kind="SHA256").value, file.key
    link = client.get(f"/api/download/models/{version.pk}")["Location"]
    case, _token = proven(model, wish="removed")
    with commit():
        deciding.decide(case, by=people.mona, outcome="removed", because="Trained on her works.")
        carried_out(case)
        withholding.settle_files(model.pk)
    for url in (f"/models/{model.pk}/", f"/models/{model.pk}/by-any-name/"):
        response = client.get(url)
        assert response.status_code == 451 and case.reference in response.content.decode()
        assert not said(response.content)
    told = client.get(f"/api/v1/model-versions/by-hash/{sha256}").json()
    assert (told["mode"], told["files"], told["model"]["name"]) == ("TakenDown", [], "")
    assert client.get(f"/api/v1/models/{model.pk}").json() == {"error": "Model not found", "reason": "withheld"}
    assert client.get(f"/api/download/models/{version.pk}").json()["reason"] == "withheld"
    assert status_of(link) in (403, 404)
    from civitai import storages
    from moderation.domain import registry

    assert not storages.private().exists(key)
    assert storages.quarantine().exists(version.files.get().key)
    assert registry.find("sha256", [sha256])
    assert not ImageResource.objects.filter(version=version).exists()
    assert not Model.objects.published().filter(pk=model.pk).exists()
    assert client.get(image.get_absolute_url()).status_code == 200


def status_of(url):
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_badinput_45_a_link_dies_by_freeze_and_by_any_change(world, people, commit):
    """Signed link after a freeze, with another path, query, slashes or bucket: refused."""
    model, version, _image = world
    client = logged_in(people.charlie)
    link = client.get(f"/api/download/models/{version.pk}")["Location"]
    assert status_of(link) == 200
    address, _mark, query = link.partition("?")
    other = address.replace("-private/", "-quarantine/")
    for changed in (
        f"{address}x?{query}",
        f"{address}?{query.replace('attachment', 'inline')}",
        f"{address.replace('/models/', '//models/', 1)}?{query}",
        f"{other}?{query}",
        f"{address}?{query.replace('Expires=300', 'Expires=999')}",
    ):
        assert changed != link and status_of(changed) in (403, 404), changed
    short = storages.private().presigned_get(version.files.get().key, seconds=1)
    assert status_of(short) == 200
    time.sleep(2.5)  # the store goes by its own clock, which nobody can turn
    assert status_of(short) in (403, 404), "its time is over"
    with commit():
        proven(model)
        withholding.settle_files(model.pk)
    assert status_of(link) in (403, 404)
    assert client.get(f"/api/download/models/{version.pk}").status_code == 404
    assert client.get(f"/api/v1/models/{model.pk}").json()["reason"] == "withheld"
    own = logged_in(people.alice).get(f"/api/download/models/{version.pk}")
    assert own.status_code == 307 and status_of(own["Location"]) == 200


@pytest.mark.parametrize("steps", [1, 2])
def test_carrying_out_twice_is_once(world, people, commit, steps):
    from moderation.domain.cases import executing
    from moderation.models import Execution

    model, _version, _image = world
    case, _token = proven(model)
    deciding.decide(case, by=people.mona, outcome="renamed", because="Her name.")
    job = Execution.objects.get(case=case)
    for _ in range(steps):
        executing.execute(job.pk)
    assert case.events.filter(kind="step").count() == 1 and case.events.filter(kind="executed").count() == 1


def test_the_same_weights_under_another_header_are_held(world, people, commit):
    from models_hub.domain import guarding
    from tests.factories import models_hub

    model, _version, _image = world
    case, _token = proven(model, wish="removed")
    deciding.decide(case, by=people.mona, outcome="removed", because="Trained on her works.")
    carried_out(case)
    again = models_hub.published(people.bob, name="Woodcut", stored=models_hub.safetensors(salt="other"))
    assert guarding.look(again) == ""
    same = cases.published_with_hash(again, "AutoV3", model)
    assert guarding.look(same) == "registry"


def test_unlisted_is_in_no_list_and_opens_by_its_address(people):
    from tests.factories import models_hub

    model = models_hub.published(people.alice, name="Portrait of a neighbour")
    cases.filed(model, ticked=("likeness",))
    client = Client()
    assert client.get(model.get_absolute_url()).status_code == 200
    for url in ("/models/", "/", "/users/alice/", "/api/v1/models"):
        assert "Portrait of a neighbour" not in client.get(url).content.decode(), url
