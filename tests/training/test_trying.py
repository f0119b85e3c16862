"""An epoch is tried before it is published: in Create, by its owner alone."""

import pytest

pytest.importorskip("torch", reason="the worker extra is not installed")

import dataclasses
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from civitai import storages
from civitai.errors import Refused
from community.domain import pictures
from community.models import Picture
from generation.domain import asking as drawing
from generation.domain.asking import Wish
from generation.models import Generation
from models_hub.domain import publishing as hub
from models_hub.domain import trying
from models_hub.domain.sweeping import sweep
from models_hub.models import Model, ModelFile, ModelVersion
from tests.factories import training as make
from tests.factories.generation import pocket_base
from training.domain import asking, collecting, publishing, sweeping
from training.models import Epoch
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
    run = asking.ask(collecting.attest(dataset), people.alice, base=base, settings=SMALL, prompts=["a red circle"])
    train.plain(run.pk)
    return run.epochs.get()


def tried(epoch):
    epoch.refresh_from_db()
    return publishing.to_trial(epoch, epoch.run.owner)


def test_its_owner_creates_with_it_and_nobody_else_does(client, people, epoch, base):
    client.force_login(people.alice)
    assert f"/training/epochs/{epoch.pk}/trial/" in client.get(epoch.run.get_absolute_url()).content.decode()
    first = client.post(f"/training/epochs/{epoch.pk}/trial/")
    assert client.post(f"/training/epochs/{epoch.pk}/trial/").url == first.url
    epoch.refresh_from_db()
    version = epoch.version
    assert first.url == f"/create?version={version.pk}" or first.url.endswith(f"?version={version.pk}")
    assert version.state == "trial" and version.model.state == "trial"
    assert version.model.cover == epoch.samples.get().picture, "it is known by its sample where it is drawn with"
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


def test_on_trial_it_is_no_model(client, people, epoch):
    version = tried(epoch)
    model = version.model
    for who in (people.alice, people.mona, people.bob):
        client.force_login(who)
        assert client.get(model.get_absolute_url()).status_code == 404
        assert client.get(f"/api/v1/models/{model.pk}").status_code == 404
        assert client.get(f"/api/v1/model-versions/{version.pk}").status_code == 404
        assert not Model.objects.visible_to(who).filter(pk=model.pk).exists()
    client.force_login(people.alice)
    assert "Stripes" not in client.get(reverse("my_models")).content.decode()
    assert client.get(f"/models/{model.pk}/edit/review/").status_code == 404
    assert not Model.objects.editable_by(people.alice).filter(pk=model.pk).exists()
    assert not ModelFile.objects.visible_to(people.alice).filter(version=version).exists()
    page = client.get(f"/create?version={version.pk}", follow=True).content.decode()
    assert "Stripes" in page and model.get_absolute_url() not in page, "no link leads to where nothing is"


def test_tried_and_then_published_it_is_one_version(client, people, epoch):
    client.force_login(people.alice)
    client.post(f"/training/epochs/{epoch.pk}/trial/")
    client.post(f"/training/epochs/{epoch.pk}/publication/")
    version = ModelVersion.objects.get(trained_epoch=epoch)
    assert (version.state, version.model.state, version.name) == ("draft", "draft", "v1")
    assert version.model.cover and "Stripes" in client.get(reverse("my_models")).content.decode()
    client.post(f"/training/epochs/{epoch.pk}/trial/")
    assert (
        ModelVersion.objects.get(trained_epoch=epoch).state == "draft"
        and Model.objects.filter(name="Stripes").count() == 1
    )


def test_another_epoch_on_trial_is_no_part_of_the_model(client, people, epoch):
    second = Epoch.objects.create(
        run=epoch.run, number=2, step=9, loss=0.1, key="copy", size_bytes=epoch.size_bytes, sha256=epoch.sha256
    )
    storages.private().put("copy", storages.private().read(epoch.key))
    first = publishing.to_draft(epoch, people.alice)
    other = tried(second)
    assert other.model == first.model and other.state == "trial"
    hub.publish(first.model, people.alice)
    client.force_login(people.alice)
    page = client.get(first.model.get_absolute_url()).content.decode()
    assert (
        "epoch 2" not in page and client.get(first.model.get_absolute_url() + f"?version={other.pk}").status_code == 404
    )
    with pytest.raises(Refused, match="last version"):
        hub.remove_version(first, people.alice)
    assert sweeping.trials(now=timezone.now() + timedelta(days=8)) == 1
    first.model.refresh_from_db()
    assert first.model.state == "published"
    assert publishing.to_draft(second, people.alice).name == "v3", "the number of what was swept is not given again"


class TestSwept:
    def test_after_a_week_without_a_picture(self, people, epoch, base):
        version = tried(epoch)
        key = version.files.get().key
        week = timezone.now() + timedelta(days=8)
        assert sweeping.trials() == 0
        wish = Wish(base=base, prompt="a moon", width=128, height=128, steps=2, loras=((version, 1.0),))
        drawn = drawing.ask(people.alice, wish)
        assert sweeping.trials(now=week) == 0, "never while something is drawn with it"
        drawn.cancel(by=people.alice)
        Generation.objects.update(created_at=week - timedelta(days=2))
        assert sweeping.trials(now=week) == 0, "nor when something was, lately"
        assert sweeping.trials(now=week + timedelta(days=8)) == 1
        version.refresh_from_db(), version.model.refresh_from_db()
        assert version.state == version.model.state == "removed" and version.files.get().state == "removed"
        sweep()
        assert not storages.private().exists(key) and storages.private().exists(epoch.key)
        with pytest.raises(Refused, match="not here any more"):
            drawing.ask(people.alice, dataclasses.replace(wish, submission="x" * 32))
        again = tried(epoch)
        assert again.state == "trial" and again.pk != version.pk, "trying again brings it back"

    def test_soon_after_its_set_is_gone(self, people, epoch):
        tried(epoch)
        collecting.remove(epoch.run.dataset, by=people.alice)
        assert sweeping.trials() == 0
        assert sweeping.trials(now=timezone.now() + timedelta(hours=2)) == 1

    def test_what_became_a_draft_and_what_a_case_looks_at_stays(self, people, epoch):
        version = tried(epoch)
        far = timezone.now() + timedelta(days=99)
        Model.objects.filter(pk=version.model_id).update(freeze_level=2, frozen_at=timezone.now())
        assert sweeping.trials(now=far) == 0
        Model.objects.filter(pk=version.model_id).update(freeze_level=0)
        publishing.to_draft(epoch, people.alice)
        assert sweeping.trials(now=far) == 0

    def test_the_moment_between_the_form_and_the_row(self, people, epoch, base):
        """Swept after the form was checked: the generation is refused, not written with a file that is gone."""
        version = tried(epoch)
        assert trying.end(version) and not trying.end(version)
        wish = Wish(base=base, prompt="a moon", loras=((version, 1.0),))
        version.state = "trial"  # as the form has read it
        with pytest.raises(Refused, match="not here any more"):
            drawing._hold_trials(wish)


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
