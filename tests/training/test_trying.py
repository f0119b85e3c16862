"""An epoch is tried before it is published: in Create, by its owner alone."""

import pytest

pytest.importorskip("torch", reason="the worker extra is not installed")

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from civitai.errors import Refused
from community.domain import pictures
from community.models import Picture
from generation.domain import asking as drawing
from generation.domain.asking import Wish
from models_hub.models import Model, ModelVersion
from tests.factories import training as make
from tests.factories.generation import pocket_base
from training.domain import asking, collecting
from training.tasks import train, unpack
from training.trainer.settings import Settings

pytestmark = pytest.mark.django_db
SMALL = Settings(epochs=1, repeats=2, rank=4, batch_size=4, warmup=2)


@pytest.fixture
def base(people):
    pocket_base(people.bob)
    return pocket_base(people.charlie)


@pytest.fixture
def epoch(people, base):
    dataset = collecting.start(people.alice, name="Stripes")
    collecting.describe(dataset, name="Stripes", trigger=make.TRIGGER)
    unpack.plain(collecting.add_zip(dataset, SimpleUploadedFile("set.zip", make.zipped(5))).pk)
    for picture in Picture.objects.filter(state="pending"):
        pictures.prepare(picture)
    run = asking.ask(collecting.attest(dataset), people.alice, base=base, settings=SMALL)
    train.plain(run.pk)
    return run.epochs.get()


def test_its_owner_creates_with_it_and_nobody_else_does(client, people, epoch, base):
    client.force_login(people.alice)
    assert f"/training/epochs/{epoch.pk}/trial/" in client.get(epoch.run.get_absolute_url()).content.decode()
    first = client.post(f"/training/epochs/{epoch.pk}/trial/")
    assert client.post(f"/training/epochs/{epoch.pk}/trial/").url == first.url
    epoch.refresh_from_db()
    version = epoch.version
    assert first.url == f"/create?version={version.pk}" or first.url.endswith(f"?version={version.pk}")
    assert version.state == "draft" and version.model.state == "draft"
    page = client.get(first.url)
    assert page.status_code == 200 and f'name="lora" value="{version.pk}"' in page.content.decode()
    assert page.context["form"]["base"].value() == base.pk, "what it was trained on, not the first that fits"
    assert page.context["form"]["prompt"].value().startswith(make.TRIGGER)

    wish = {"base": base, "prompt": "zbrstyle, a moon", "width": 128, "height": 128, "steps": 2}
    assert drawing.ask(people.alice, Wish(loras=((version, 1.0),), **wish)).state == "queued"
    with pytest.raises(Refused, match="not here"):
        drawing.ask(people.bob, Wish(loras=((version, 1.0),), **wish))
    client.force_login(people.bob)
    assert client.get(first.url).status_code == 404
    assert client.post(f"/training/epochs/{epoch.pk}/trial/").status_code == 404
    assert not Model.objects.published().filter(name="Stripes").exists()


def test_tried_and_then_published_it_is_one_version(client, people, epoch):
    client.force_login(people.alice)
    client.post(f"/training/epochs/{epoch.pk}/trial/")
    client.post(f"/training/epochs/{epoch.pk}/publication/")
    assert ModelVersion.objects.filter(trained_epoch=epoch).count() == 1 == Model.objects.filter(name="Stripes").count()


def test_nothing_is_tried_on_a_base_that_may_not_be_used(client, people, epoch, base):
    Model.objects.filter(pk=base.model_id).update(freeze_level=2, frozen_at=timezone.now())
    client.force_login(people.alice)
    answer = client.post(f"/training/epochs/{epoch.pk}/trial/", follow=True)
    assert "removal case" in answer.content.decode() and not Model.objects.filter(name="Stripes").exists()


def test_defaults_bring_back_the_parameters_and_the_price_follows(client, people, epoch):
    client.force_login(people.alice)
    url = epoch.run.dataset.get_absolute_url()
    page = client.get(f"{url}?again={epoch.run.pk}").content.decode()
    assert 'name="rank" value="4"' in page and "Defaults" in page
    part = client.get(url, headers={"HX-Target": "settings", "HX-Request": "true"})
    text = part.content.decode()
    assert 'name="rank" value="16"' in text and 'name="epochs" value="6"' in text and "<html" not in text
    assert part["HX-Trigger-After-Settle"] == "set-ready" and make.TRIGGER in text
