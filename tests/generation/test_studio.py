"""The studio as a member and a visitor use it: nothing typed is lost, others see nothing, wrong wishes are sentences."""

import uuid

import pytest
from django.urls import reverse

from civitai.jobs import JobState
from generation.domain import asking, drawing, sharing
from generation.models import Generation
from models_hub.models import VersionPicture
from tests.factories import generation as make
from tests.factories import models_hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(people):
    return make.pocket_base(people.alice)


def form(base, **changes):
    told = {
        "prompt": "a red circle",
        "base": base.pk,
        "shape": "128x128",
        "steps": 4,
        "cfg_scale": "5",
        "sampler": "DPM++ 2M",
        "schedule": "Automatic",
        "clip_skip": 1,
        "count": 1,
        "submission": uuid.uuid4().hex,
    }
    return told | changes


def test_a_press_makes_one_generation_and_two_presses_no_more(client, people, base):
    client.force_login(people.bob)
    told = form(base, seed=5)
    first = client.post(reverse("create"), told)
    second = client.post(reverse("create"), told)
    job = Generation.objects.get()
    assert first.url == second.url == f"{reverse('create')}?generation={job.pk}#works"
    assert (job.owner, job.seed, job.progress_total, job.state) == (people.bob, 5, 4, JobState.QUEUED)
    page = client.get(first.url)
    assert b'value="5"' in page.content and b"Next in line" in page.content


def test_without_a_seed_one_is_drawn_and_the_field_stays_free(client, people, base):
    client.force_login(people.bob)
    url = client.post(reverse("create"), form(base)).url
    assert url.endswith("&lot=#works")
    assert client.get(url).context["form"]["seed"].value() is None


def test_what_a_visitor_typed_waits_until_he_has_signed_in(client, people, base):
    assert b"Sign in to generate" in client.get(reverse("create")).content
    answer = client.post(reverse("create"), form(base, prompt="kept through sign-in"))
    assert answer.status_code == 302 and "next=" in answer.url
    assert not Generation.objects.exists()
    session = client.session
    typed = session["create_typed"]
    client.force_login(people.bob)
    session = client.session
    session["create_typed"] = typed
    session.save()
    assert b"kept through sign-in" in client.get(reverse("create")).content


HOSTILE = [
    ({"prompt": ""}, "prompt"),
    ({"prompt": "   "}, "prompt"),
    ({"prompt": "x" * 100_000}, "prompt"),
    ({"base": ""}, "base"),
    ({"base": "999999"}, "base"),
    ({"base": "1 OR 1"}, "base"),
    ({"shape": "4096x4096"}, "shape"),
    ({"shape": "100x100"}, "shape"),
    ({"shape": "128"}, "shape"),
    ({"steps": "0"}, "steps"),
    ({"steps": "1000000"}, "steps"),
    ({"cfg_scale": "nan"}, "cfg_scale"),
    ({"cfg_scale": "inf"}, "cfg_scale"),
    ({"cfg_scale": "-3"}, "cfg_scale"),
    ({"sampler": "Pickle"}, "sampler"),
    ({"schedule": "x"}, "schedule"),
    ({"seed": "99999999999999999999"}, "seed"),
    ({"seed": "-1"}, "seed"),
    ({"seed": "abc"}, "seed"),
    ({"clip_skip": "12"}, "clip_skip"),
    ({"count": "50"}, "count"),
]


@pytest.mark.parametrize(("change", "field"), HOSTILE)
def test_a_wrong_wish_is_a_sentence_beside_its_field(client, people, base, change, field):
    client.force_login(people.bob)
    answer = client.post(reverse("create"), form(base, negative_prompt="typed & kept") | change)
    assert answer.status_code == 400
    assert answer.context["form"].errors[field]
    assert b"typed &amp; kept" in answer.content
    assert not Generation.objects.exists()


def test_a_draft_of_somebody_else_is_not_there(client, people, base):
    mine = make.lora(people.alice, name="Secret", state="draft")
    client.force_login(people.bob)
    answer = client.post(reverse("create"), form(base, lora=[mine.pk]))
    assert answer.status_code == 400 and b"not here any more" in answer.content and b"Secret" not in answer.content
    client.force_login(people.alice)
    assert client.post(reverse("create"), form(base, lora=[mine.pk])).status_code == 302


def test_a_lora_for_another_base_is_refused_at_once(client, people, base):
    other = make.lora(people.alice, name="Big", base_model="SDXL 1.0")
    client.force_login(people.bob)
    answer = client.post(reverse("create"), form(base, lora=[other.pk]))
    assert answer.status_code == 400 and b"was made for SDXL 1.0" in answer.content


def test_four_in_the_works_are_enough(client, people, base):
    for _ in range(asking.WAITING_AT_ONCE):
        make.asked(people.bob, base)
    client.force_login(people.bob)
    answer = client.post(reverse("create"), form(base, prompt="the fifth"))
    assert answer.status_code == 400 and b"in the works already" in answer.content and b"the fifth" in answer.content
    make.asked(people.charlie, base)


def test_loras_are_found_added_weighed_and_taken_out_with_all_that_was_typed(client, people, base):
    stripes = make.lora(people.alice, name="Stripes <b>")
    client.force_login(people.bob)
    found = client.post(reverse("create_shelf"), form(base, find="1", prompt="half a")).content.decode()
    assert "Stripes &lt;b&gt;" in found and "half a" in found
    added = client.post(
        reverse("create_shelf"), form(base, add=stripes.pk, prompt="half a"), headers={"HX-Request": "true"}
    )
    assert f'name="weight-{stripes.pk}"' in added.content.decode() and "<html" not in added.content.decode()
    url = client.post(reverse("create"), form(base, lora=[stripes.pk], **{f"weight-{stripes.pk}": "0.35"})).url
    assert Generation.objects.get().resources.get().weight == 0.35
    assert b'value="0.35"' in client.get(url).content
    without = client.post(reverse("create_shelf"), form(base, lora=[stripes.pk], remove=stripes.pk)).content.decode()
    assert f'name="weight-{stripes.pk}"' not in without


def test_the_works_tell_what_changed_and_nothing_else(client, people, base):
    job = make.asked(people.bob, base)
    client.force_login(people.bob)
    page = client.get(reverse("generations"))
    assert b"every 1s" in page.content
    seen = page.context["out"].seen
    assert client.get(reverse("generations"), {"seen": seen}).status_code == 204
    job.cancel(by=people.bob)
    after = client.get(reverse("generations"), {"seen": seen})
    assert after.status_code == 200 and b"every 1s" not in after.content


def test_others_see_and_do_nothing(client, people, base):
    job = make.asked(people.bob, base)
    urls = [reverse(f"generation_{name}", args=[job.pk]) for name in ("cancellation", "dismissal", "posts")]
    for stranger in (people.charlie, people.mona):
        client.force_login(stranger)
        assert [client.post(url).status_code for url in urls] == [404, 404, 404]
        assert client.get(reverse("generation_preview", args=[job.pk])).status_code == 404
        assert client.get(reverse("create"), {"generation": job.pk}).status_code == 404
        assert job.prompt not in client.get(reverse("generations")).content.decode()
    client.logout()
    assert [client.post(url).status_code for url in urls] == [302, 302, 302]
    assert Generation.objects.get().state == JobState.QUEUED


def test_cancelled_and_taken_off_the_list(client, people, base):
    job = make.asked(people.bob, base)
    client.force_login(people.bob)
    client.post(reverse("generation_cancellation", args=[job.pk]))
    assert Generation.objects.get().state == JobState.CANCELLED
    client.post(reverse("generation_dismissal", args=[job.pk]))
    assert job.prompt not in client.get(reverse("generations")).content.decode()


def test_results_become_a_post_with_recipe_and_resources_once(client, people, base):
    pytest.importorskip("torch")
    stripes = make.lora(people.alice)
    job = make.asked(people.bob, base, count=2, loras=((stripes, 0.5),))
    drawing.draw(str(job.pk))
    client.force_login(people.bob)
    posted = client.post(reverse("generation_posts", args=[job.pk]))
    again = client.post(reverse("generation_posts", args=[job.pk]))
    assert posted.url == again.url
    post = sharing.post(Generation.objects.get(), by=people.bob)
    images = list(post.images.all())
    assert [image.settings["seed"] for image in images] == [7, 8] and all(image.made_here for image in images)
    assert {(r.version_id, r.weight) for r in images[0].resources.all()} == {(base.pk, None), (stripes.pk, 0.5)}
    client.logout()
    assert client.get(images[0].get_absolute_url()).status_code == 200

    # Anybody remixes it: prompt, settings, base and LoRA are there again.
    start = client.get(reverse("create"), {"remix": images[1].pk}).context
    assert start["form"]["prompt"].value() == job.prompt and start["form"]["seed"].value() == 8
    assert start["studio"].base == base and start["studio"].loras == [(stripes, 0.5)]


def test_a_version_starts_with_its_base_and_trigger_words(client, people, base):
    stripes = make.lora(people.alice)
    stripes.refresh_from_db()
    start = client.get(reverse("create"), {"version": stripes.pk}).context
    assert start["studio"].base == base and start["studio"].loras == [(stripes, 1)]
    assert start["form"]["prompt"].value().startswith("zbrstyle")
    elsewhere = make.lora(people.alice, name="Big", base_model="SDXL 1.0")
    assert b"no base model on this site fits it" in client.get(reverse("create"), {"version": elsewhere.pk}).content


def test_settings_of_another_tool_fill_the_form(client, people, base):
    text = "a blue star\nNegative prompt: blurry\nSteps: 12, Sampler: Euler a, CFG scale: 6, Seed: 99, Size: 512x512, Model: whatever"
    answer = client.post(reverse("create_readings"), {"text": text})
    values = client.get(answer.url).context["form"]
    assert (values["prompt"].value(), values["steps"].value(), values["sampler"].value()) == (
        "a blue star",
        12,
        "Euler a",
    )
    assert values["seed"].value() == 99 and values["shape"].value() == "128x128"
    assert client.post(reverse("create_readings"), {"text": "x" * 60_000}).status_code == 400


def test_the_token_count_is_a_fragment(client, base):
    assert (
        client.get(reverse("create_tokens"), {"base": base.pk, "prompt": "red circle"}).content.strip()
        == b"2 / 75 tokens"
    )
    assert client.get(reverse("create_tokens"), {"base": "x", "prompt": "a"}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_studio_asks_the_same_number_of_questions(client, people, base, rows, django_assert_num_queries):
    for number in range(rows):
        job = make.asked(people.bob, base, prompt=f"p{number}")
        if number:
            job.cancel(by=people.bob)
    client.force_login(people.bob)
    client.get(reverse("create"))
    with django_assert_num_queries(9):
        client.get(reverse("create"))


@pytest.mark.parametrize(
    "query", ["remix=999999", "version=x", "generation=nope", "remix=1%27", "reading=", "cursor=zz"]
)
def test_odd_addresses_do_not_break_it(client, base, query):
    assert client.get(f"{reverse('create')}?{query}").status_code in {200, 400, 404}


def test_with_nothing_to_draw_with_it_says_so(client, people):
    client.force_login(people.bob)
    assert b"Nothing to draw with yet" in client.get(reverse("create")).content


def test_versions_of_one_model_each_show_their_own_face(client, people, base):
    other = models_hub.another_version(base.model, name="Anime", base_model="Pocket", can_generate=True)
    faces = [models_hub.picture(people.alice), models_hub.picture(people.alice)]
    for version, face in zip((base, other), faces, strict=True):
        version.samples.all().delete()
        VersionPicture.objects.create(version=version, picture=face)
    page = client.get(reverse("create")).content.decode()
    assert all(f'<img src="{face.url()}"' in page for face in faces)
