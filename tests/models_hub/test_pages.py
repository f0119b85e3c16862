"""The list, the page of a model, the heart; who may do what."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from community.domain import threads
from community.models import Reaction, Tag
from models_hub import browsing
from models_hub.domain import reviewing
from models_hub.models import Model, ModelVersion, Review, VersionPicture
from models_hub.states import FILE_MOVES, MODEL_MOVES, FileState, ModelState
from tests.factories import models_hub as make
from tests.people import person

pytestmark = pytest.mark.django_db


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


class TestList:
    @pytest.fixture
    def some(self, people):
        now = timezone.now()
        made = {}
        for number, (name, kind, base) in enumerate(
            [("Paper moon", "LORA", "SDXL 1.0"), ("Paper sun", "LoCon", "Pony"), ("Glass", "Checkpoint", "SD 1.5")]
        ):
            moment = now - timedelta(days=20 * number)
            made[name] = make.published(
                people.alice, name=name, type=kind, base_model=base, likes=number, downloads=number * 7 % 5,
                last_version_at=moment,
            )  # fmt: skip
        make.draft(people.alice, name="Paper draft")
        return made

    def shown(self, client, query=""):
        page = text(client.get(f"/models/{query}"))
        found = [(page.find(f">{name}</a>"), name) for name in ("Paper moon", "Paper sun", "Glass", "Paper draft")]
        return [name for at, name in sorted(found) if at >= 0]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Paper moon", "Paper sun", "Glass"]),
            ("?sort=likes", ["Glass", "Paper sun", "Paper moon"]),
            ("?sort=downloads", ["Glass", "Paper sun", "Paper moon"]),
            ("?type=LORA&type=Checkpoint", ["Paper moon", "Glass"]),
            ("?base=Pony", ["Paper sun"]),
            ("?period=week", ["Paper moon"]),
            ("?q=paper", ["Paper sun", "Paper moon"]),
            ("?q=paper&sort=newest", ["Paper moon", "Paper sun"]),
            ("?q=paper+-moon", ["Paper sun"]),
            ("?q=%22paper+moon%22", ["Paper moon"]),
            ("?q=nothing", []),
            ("?sort=nonsense&type=nonsense&period=x&level=9&page=x", ["Paper moon", "Paper sun", "Glass"]),
            ("?q=%00", ["Paper moon", "Paper sun", "Glass"]),
            ("?q=%25_%27", []),
        ],
    )
    def test_what_an_address_asks_for(self, client, some, query, names):
        assert self.shown(client, query) == names

    def test_a_tag_and_a_word_that_is_a_tag(self, client, some):
        some["Glass"].tags.add(Tag.objects.create(name="leadlight"))
        assert self.shown(client, "?tag=leadlight") == self.shown(client, "?q=LeadLight") == ["Glass"]

    def test_what_is_above_ones_level_is_counted_and_covered(self, client, people):
        make.published(people.alice, name="Tame")
        wild = make.published(people.alice, name="Wild", level=16)
        page = text(client.get("/models/"))
        assert "1 above your level" in page and str(wild.cover_id) not in page
        people.bob.choose_level(31)
        client.force_login(people.bob)
        page = text(client.get("/models/"))
        assert "above your level" not in page and str(wild.cover_id) in page
        assert "Wild" not in text(client.get("/models/?level=1")).split("shelf")[1]

    def test_pages_are_numbered_to_twenty_and_then_there_is_more(self, client, people, monkeypatch):
        from models_hub.views import browse

        monkeypatch.setattr(browse, "PAGE", 1)
        monkeypatch.setattr(browse, "LAST_PAGE", 2)
        for number in range(4):
            make.published(people.alice, name=f"No {number}")
        assert 'rel="next"' in text(client.get("/models/"))
        page = text(client.get("/models/?page=2"))
        assert "No 2" in page and "cursor=" in page
        more = page.split('href="?cursor=')[1].split('"')[0]
        page = text(client.get(f"/models/?cursor={more}"))
        assert "No 1" in page and "No 2" not in page
        page = text(client.get("/models/?page=99"))
        assert "No 2" in page

    def test_nothing_found_leads_on(self, client, some):
        page = text(client.get("/models/?q=zzz&type=LORA"))
        assert 'href="?q=zzz"' in page and "Clear all filters" in page
        page = text(client.get("/models/?q=zzz"))
        assert 'href="?"' in page and "Show all models" in page

    def test_a_damaged_cursor_is_told(self, client, some):
        assert client.get("/models/?cursor=xxx").status_code == 400

    @pytest.mark.parametrize("count", [1, 3])
    @pytest.mark.parametrize("query", ["", "?q=m&type=LORA&base=SDXL+1.0&tag=a&period=week&level=4"])
    def test_at_most_five_queries(self, client, people, django_assert_num_queries, count, query):
        tag = Tag.objects.create(name="a")
        for number in range(count):
            make.published(people.alice, name=f"m{number}").tags.add(tag)
        client.force_login(people.bob)
        client.get("/models/")
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            page = text(client.get(f"/models/{query}"))
        assert page.count('class="model"') == count
        assert len(asked) <= 5, [one["sql"][:90] for one in asked]

    def test_the_count_is_capped(self, client, people, monkeypatch):
        monkeypatch.setattr(browsing, "MOST_COUNTED", 1)
        for number in range(3):
            make.published(people.alice, name=f"m{number}")
        found = browsing.listed(browsing.Asked(), people.nobody)
        assert browsing.counted(found, 1).is_capped

    def test_no_step_of_the_headings_is_left_out_above_the_names(self, client, people):
        """Who goes through a page by its headings takes a missing one for something not read."""
        make.published(people.alice)
        levels = [int(level) for level in re.findall(r"<h([1-4])", text(client.get("/models/")).split("<main")[1])]
        assert levels[:3] == [1, 2, 3] and levels.count(1) == 1

    def test_an_empty_site_says_what_would_be_here(self, client, db):
        assert "No models yet" in text(client.get("/models/"))


class TestPage:
    def test_a_wrong_name_leads_to_the_right_one(self, client, people):
        model = make.published(people.alice, name="Serra: papercut!")
        right = f"/models/{model.pk}/serra-papercut/"
        for wrong in (f"/models/{model.pk}/wrong/", f"/models/{model.pk}/"):
            answer = client.get(f"{wrong}?version=1")
            assert (answer.status_code, answer["Location"]) == (301, f"{right}?version=1")

    def test_a_name_in_another_script_has_an_address(self, client, people):
        model = make.published(people.alice, name="切り紙の山")
        assert "切り紙の山" in text(client.get(model.get_absolute_url()))

    def test_versions_are_tabs(self, client, people):
        model = make.published(people.alice)
        new = make.another_version(model, name="v2 Clean")
        make.ready_file(new)
        old = model.versions.get(name="v1")
        page = text(client.get(model.get_absolute_url()))
        assert f"/api/download/models/{new.pk}" in page and f"?version={old.pk}" in page
        page = text(client.get(f"{model.get_absolute_url()}?version={old.pk}"))
        assert f"/api/download/models/{old.pk}" in page
        for bad in ("999999", "x", "-1"):
            assert client.get(f"{model.get_absolute_url()}?version={bad}").status_code == 404

    def test_what_stands_on_it(self, client, people):
        model = make.published(people.alice, name="Papercut", description="Made of **paper**.", downloads=5)
        version = model.versions.get()
        ModelVersion.objects.update(
            trained_words=["ppcut horizon"], steps=2580, epochs=12, weight_min=0.6, weight_max=1
        )
        make.ready_file(version, name="full.safetensors", precision="fp32")
        model.tags.add(Tag.objects.create(name="kirigami"))
        page = text(client.get(model.get_absolute_url()))
        for words in (
            "ppcut horizon", "<strong>paper</strong>", "2,580 steps, 12 epochs", "0.6 – 1.0", "kirigami", "AutoV2", "SHA256",
            "All 2 files", "fp=fp32", "Sell pictures you make with it", "1 model · 1 follower",
        ):  # fmt: skip
            assert words in page, words

    def test_markup_in_a_text_is_text(self, client, people):
        model = make.published(people.alice, name="<script>x</script>", description="<img src=x onerror=alert(1)>")
        ModelVersion.objects.update(trained_words=['"><script>y</script>'], name="<b>v</b>")
        page = text(client.get(f"/models/{model.pk}/{model.slug}/"))
        assert (
            "<script>x" not in page and "<script>y" not in page and "<img src=x" not in page and "<b>v</b>" not in page
        )

    def test_a_sample_above_ones_level_is_not_sent(self, client, people):
        model = make.published(people.alice)
        wild = make.picture(people.alice, level=16)
        VersionPicture.objects.create(version=model.versions.get(), picture=wild, position=1)
        assert str(wild.pk) not in text(client.get(model.get_absolute_url()))
        client.force_login(people.alice)
        assert str(wild.pk) in text(client.get(model.get_absolute_url()))

    def test_close_ones_share_kind_and_base(self, client, people):
        model = make.published(people.alice, name="This")
        make.published(people.bob, name="Near")
        make.published(people.bob, name="Far", base_model="SD 1.5")
        page = text(client.get(model.get_absolute_url()))
        assert "Close to this" in page and ">Near</a>" in page and ">Far</a>" not in page

    def test_pictures_that_others_made_with_it_stand_below(self, client, people):
        from gallery.domain import posting

        model = make.published(people.alice)
        version = model.versions.get()
        post = posting.start(people.bob, version=version)
        posting.add_image(post, make.picture(people.bob), resources=[(version, 0.8)])
        assert "Made with it" not in text(client.get(model.get_absolute_url()))
        posting.publish(post, people.bob)
        page = text(client.get(model.get_absolute_url()))
        assert "Made with it" in page and page.count('class="masonry"') == 1

    def test_long_words_and_many_tags_are_shown_in_part_until_asked_for(self, client, people):
        model = make.published(people.alice, description="word " * 300)
        model.tags.set([Tag.objects.create(name=f"tag {number}") for number in range(11)])
        page = text(client.get(model.get_absolute_url()))
        assert "Read the whole description" in page and page.count("is-more") == 3 and "+ 3" in page
        short = make.published(people.alice, description="word")
        page = text(client.get(short.get_absolute_url()))
        assert "Read the whole" not in page and "Show all tags" not in page

    def test_files_that_look_alike_are_told_apart_by_name(self, client, people):
        model = make.published(people.alice)
        make.ready_file(model.versions.get(), name="twin.safetensors")
        page = text(client.get(model.get_absolute_url()))
        assert "papercut.safetensors" in page and "twin.safetensors" in page

    @pytest.mark.parametrize("count", [1, 3])
    def test_at_most_twelve_queries_signed_in(self, client, people, count):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        model = make.published(people.alice)
        version = model.versions.get()
        for number in range(count):
            make.another_version(model, name=f"w{number}")
            make.ready_file(version)
            VersionPicture.objects.create(version=version, picture=make.picture(people.alice), position=number + 1)
            model.tags.add(Tag.objects.create(name=f"t{number}"))
            make.published(people.bob, name=f"near {number}")
            fan = person(f"fan{number}")
            reviewing.review(fan, version, recommends=True, text="good")
            threads.comment(fan, "models_hub.Model", model.pk, "how?")
        client.force_login(people.bob)
        url = f"{model.get_absolute_url()}?version={version.pk}"
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            text(client.get(url))
        assert len(asked) <= 12, "\n".join(one["sql"][:60] + one["sql"].partition(" FROM ")[2][:200] for one in asked)

    def test_what_a_moderator_hid_says_so_to_its_owner(self, client, people):
        model = make.published(people.alice)
        model.hide(by=people.mona, reason="for the log")
        client.force_login(people.alice)
        page = text(client.get(model.get_absolute_url()))
        assert "Hidden by a moderator" in page and "for the log" not in page

    def test_a_member_may_look_at_a_covered_example_once_and_a_visitor_may_not(self, client, people):
        model = make.published(people.alice, name="Wild", level=4)
        page = f"{model.get_absolute_url()}?show=once"
        assert str(model.cover_id) not in client.get(page).content.decode()
        client.force_login(people.bob)
        covered = client.get(model.get_absolute_url()).content.decode()
        assert "show=once#example-1" in covered and str(model.cover_id) not in covered
        shown = client.get(page).content.decode()
        assert f"/media/{model.cover_id}/width=450/{model.cover_id}.webp?once=" in shown


class TestHeart:
    def test_liked_and_taken_back(self, client, people):
        model = make.published(people.alice)
        client.force_login(people.bob)
        url = f"/models/{model.pk}/reactions/heart/"
        assert client.post(url)["Location"] == model.get_absolute_url()
        model.refresh_from_db()
        assert model.likes == 1 and Reaction.objects.get().user == people.bob
        assert 'aria-pressed="true"' in text(client.get(model.get_absolute_url()))
        answer = client.post(url, headers={"HX-Request": "true"})
        assert 'aria-pressed="false"' in text(answer)
        model.refresh_from_db()
        assert model.likes == 0

    def test_a_visitor_signs_in_first(self, client, people):
        model = make.published(people.alice)
        answer = client.post(f"/models/{model.pk}/reactions/heart/")
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


def test_ones_own_models_and_nobody_elses(client, people):
    make.draft(people.alice, name="")
    make.published(people.alice, name="Shown")
    make.published(people.bob, name="Bobs")
    client.force_login(people.alice)
    page = text(client.get("/models/mine/"))
    assert "Shown" in page and "Without a name" in page and "Bobs" not in page and "/edit/what/" in page


# Every address with every member of the cast. 302 of a visitor is the way to sign in.

CAST = ("alice", "bob", "charlie", "mona", "nobody")
OPEN, OWN = (200,) * 5, (200, 403, 403, 403, 302)
DONE, MINE = (302,) * 5, (302, 403, 403, 403, 302)


@pytest.fixture
def place(people):
    """alice's published model and everything that hangs on it."""
    model = make.published(people.alice, stored=make.safetensors())
    version = model.versions.get()
    second = make.ready_file(version, name="second.safetensors")
    extra = VersionPicture.objects.create(version=version, picture=make.picture(people.alice), position=1)
    said = Review.objects.create(version=version, model=model, author=people.bob, recommends=True)
    return {"model": model, "version": version, "file": second, "sample": extra, "said": said}


MATRIX = [
    ("GET", "models", (), (), OPEN),
    ("GET", "my_models", (), (), (200, 200, 200, 200, 302)),
    ("GET", "model_new", (), (), (200, 200, 200, 200, 302)),
    ("POST", "model_new", (), (), DONE),
    ("GET", "model", ("model", "slug"), (), OPEN),
    ("GET", "model_by_number", ("model",), (), (301,) * 5),
    *[
        ("GET", "model_edit", ("model", f"the {step}"), (), OWN)
        for step in ("what", "version", "files", "licence", "pictures", "review")
    ],
    ("POST", "model_edit", ("model", "the what"), {"name": "x", "type": "LORA"}, MINE),
    ("GET", "model_preview", ("model",), (), OWN),
    ("POST", "model_versions", ("model",), (), MINE),
    ("POST", "model_publication", ("model",), (), MINE),
    ("POST", "model_removal", ("model",), {"scope": "model"}, MINE),
    ("POST", "model_heart", ("model",), (), DONE),
    ("POST", "model_choice", ("model",), (), (403, 403, 403, 302, 302)),
    ("POST", "model_choice_removal", ("model",), (), (403, 403, 403, 302, 302)),
    ("GET", "version_files", ("version",), (), MINE),
    ("POST", "version_files", ("version",), (), MINE),
    ("POST", "version_words", ("version",), {"word": "a"}, MINE),
    ("GET", "version_pictures", ("version",), (), MINE),
    ("POST", "version_pictures", ("version",), (), MINE),
    ("POST", "version_picture_order", ("version",), {"move": "1 up"}, MINE),
    ("POST", "file_removal", ("file",), (), MINE),
    ("POST", "file_primacy", ("file",), (), MINE),
    ("POST", "file_check", ("file",), (), MINE),
    ("POST", "sample_removal", ("sample",), (), MINE),
    ("POST", "sample_level", ("sample",), {"level": "2"}, MINE),
    ("GET", "download", ("version",), (), (307,) * 5),
    ("GET", "reviews", ("model",), (), OPEN),
    ("GET", "review_write", ("version",), (), (404, 200, 200, 200, 302)),
    ("POST", "review_write", ("version",), {"recommends": "no"}, (404, 302, 302, 302, 302)),
    ("GET", "review", ("said",), (), OPEN),
    ("POST", "review_removal", ("said",), (), (403, 302, 403, 403, 302)),
]


def url_of(place, name, args):
    values = {"slug": place["model"].slug, **{key: row.pk for key, row in place.items()}}
    return reverse(name, args=[values.get(arg, arg.removeprefix("the ")) for arg in args])


def asked(client, people, who, method, url, data):
    client.logout() if who == "nobody" else client.force_login(getattr(people, who))
    return client.generic(method, url) if method == "GET" else client.post(url, dict(data))


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row[0]} {row[1]} {'-'.join(row[2])}")
@pytest.mark.parametrize("who", range(5), ids=CAST)
def test_who_may_do_what(client, people, place, row, who):
    method, name, args, data, statuses = row
    answer = asked(client, people, CAST[who], method, url_of(place, name, args), data)
    assert answer.status_code == statuses[who]
    if statuses[who] == 302 and CAST[who] == "nobody":
        assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize(
    "row", [row for row in MATRIX if row[2]], ids=lambda row: f"{row[0]} {row[1]} {'-'.join(row[2])}"
)
@pytest.mark.parametrize("who", ["bob", "charlie", "nobody"])
def test_a_draft_is_not_there_for_others(client, people, place, row, who):
    Model.objects.update(state=ModelState.DRAFT, published_at=None)
    ModelVersion.objects.update(state=ModelState.DRAFT, published_at=None)
    method, name, args, data, _statuses = row
    answer = asked(client, people, who, method, url_of(place, name, args), data)
    asks_to_sign_in = who == "nobody" and "/accounts/login/" in answer.get("Location", "")
    assert answer.status_code == 404 or asks_to_sign_in


def test_every_address_stands_in_the_matrix():
    from models_hub.urls import urlpatterns

    assert {pattern.name for pattern in urlpatterns} == {row[1] for row in MATRIX}


@pytest.mark.parametrize(
    ("moves", "states", "factory"),
    [
        (MODEL_MOVES, ModelState, lambda owner, state: _model_in(owner, state)),
        (MODEL_MOVES, ModelState, lambda owner, state: _model_in(owner, state).versions.get()),
        (FILE_MOVES, FileState, lambda owner, state: _file_in(owner, state)),
    ],
    ids=["model", "version", "file"],
)
def test_the_whole_table_of_moves(people, moves, states, factory):
    from civitai.errors import StaleState

    lawful = {
        "trial": {"draft", "removed"}, "draft": {"published", "removed"}, "published": {"unpublished", "removed"}, "unpublished": {"published", "removed"},
        "checking": {"ready", "refused", "removed"}, "ready": {"removed", "refused"}, "refused": {"removed"},
    }  # fmt: skip
    for number, was in enumerate(states):
        for to in states:
            row = factory(person(f"p{number}{to}{was}"[:30]), was)
            stamp = {"scanned_at": timezone.now()} if to == FileState.READY else {}
            stamp = {"published_at": timezone.now()} if to == ModelState.PUBLISHED else stamp
            if to in lawful.get(was.value, ()):
                assert row.move(to, **stamp).state == to and moves.allow(was, to)
                assert row.history().get().now == to
            else:
                with pytest.raises(StaleState):
                    row.move(to, **stamp)
                row.refresh_from_db()
                assert row.state == was and not row.history().exists()


def _model_in(owner, state):
    model = make.published(owner)
    Model.objects.filter(pk=model.pk).update(state=state)
    ModelVersion.objects.filter(model=model).update(state=state)
    return Model.objects.get(pk=model.pk)


def _file_in(owner, state):
    file = make.published(owner).versions.get().files.get()
    type(file).objects.filter(pk=file.pk).update(state=state)
    return type(file).objects.get(pk=file.pk)
