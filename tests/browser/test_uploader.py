"""The uploader in a real browser, against the real store: what a bad network and a closed page must not cost."""

import hashlib
import re

import pytest

MIB = 1024 * 1024
SIZE = 20 * MIB + 4321  # three parts, the last one short


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    path = tmp_path_factory.mktemp("upload") / "papel-v1.safetensors"
    path.write_bytes(bytes(range(256)) * (SIZE // 256) + b"x" * (SIZE % 256))
    return path


@pytest.fixture
def uploader(site, page):
    """A member in front of the uploader of the styleguide, which is told to take model files."""
    key = site.python(
        "import uuid\n"
        "from importlib import import_module\n"
        "from django.conf import settings\n"
        "from accounts.models import User\n"
        "name = 'u' + uuid.uuid4().hex[:8]\n"
        "user = User.objects.create_user(username=name, email=name + '@example.org', password='correct horse')\n"
        "session = import_module(settings.SESSION_ENGINE).SessionStore()\n"
        "session['_auth_user_id'] = str(user.pk)\n"
        "session['_auth_user_backend'] = 'django.contrib.auth.backends.ModelBackend'\n"
        "session['_auth_user_hash'] = user.get_session_auth_hash()\n"
        "session.save()\n"
        "print(session.session_key)"
    ).strip()
    opened = page("/livez")
    opened.context.add_cookies([{"name": "sessionid", "value": key, "url": site.url}])
    opened.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => {"
        " document.querySelector('[data-module=multipart-upload]').dataset.purpose = 'model_file';"
        " addEventListener('upload:done', (event) => { window.uploaded = event.detail; }); })"
    )
    opened.goto("/styleguide/")
    return opened


def choose(page, path):
    page.locator(".uploads input[type=file]").set_input_files(path)


def row(page):
    return page.locator(".uploads [data-list] .uploader")


def stored(site, upload_id):
    code = (
        "import hashlib\nfrom civitai import storages\nfrom civitai.uploads import Upload\n"
        f"upload = Upload.objects.get(pk='{upload_id}')\n"
        "with storages.private().open(upload.key) as file:\n"
        "    print(upload.state, hashlib.sha256(file.read()).hexdigest())"
    )
    return site.python(code).split()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_parts_that_fail_or_expire_are_sent_again(site, uploader, big):
    broken = {"1": ["abort"], "2": ["403"], "3": ["503", "abort"]}

    def weather(route):
        number = re.search(r"partNumber=(\d+)", route.request.url).group(1)
        if route.request.method != "PUT" or not broken[number]:
            return route.continue_()
        what = broken[number].pop(0)
        return route.abort() if what == "abort" else route.fulfill(status=int(what))

    uploader.route(re.compile(r"partNumber="), weather)
    choose(uploader, big)
    row(uploader).locator(".job-done").wait_for(timeout=30_000)
    assert not any(broken.values())
    done = uploader.evaluate("window.uploaded")
    assert (done["name"], done["size"]) == (big.name, SIZE)
    assert uploader.locator(".uploads input[type=hidden]").input_value() == done["id"]
    assert stored(site, done["id"]) == ["complete", sha256(big)]


def test_a_closed_page_goes_on_where_it_was(site, uploader, big):
    first_only = re.compile(r"partNumber=[23]\b")
    uploader.route(first_only, lambda route: route.abort())
    with uploader.expect_response(lambda answer: "partNumber=1" in answer.url and answer.request.method == "PUT"):
        choose(uploader, big)
    uploader.reload()
    # the id is kept under the purpose, and the script above sets it before the module reads it
    row(uploader).get_by_text("Choose the same file again to go on").wait_for()
    uploader.unroute(first_only)
    sent = []
    uploader.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    choose(uploader, big)
    row(uploader).locator(".job-done").wait_for(timeout=30_000)
    assert row(uploader).count() == 1
    assert len(sent) == 2, "the part that had arrived was sent again"
    assert stored(site, uploader.evaluate("window.uploaded")["id"]) == ["complete", sha256(big)]


def test_what_is_chosen_before_the_script_has_come_is_sent(uploader, big):
    script = re.compile(r"/multipart-upload[^/]*\.js")
    held = []
    uploader.route(script, lambda route: held.append(route))
    uploader.reload(wait_until="commit")
    choose(uploader, big)
    uploader.wait_for_timeout(300)
    assert row(uploader).count() == 0, "the script is there already: this proves nothing"
    held[0].continue_()
    row(uploader).locator(".job-done").wait_for(timeout=30_000)
    assert row(uploader).count() == 1


def test_it_waits_without_a_network_and_pauses_when_told(uploader, big):
    uploader.wait_for_load_state("networkidle")  # the script itself needs a network
    uploader.context.set_offline(True)
    choose(uploader, big)
    row(uploader).get_by_text("No connection").wait_for()
    uploader.context.set_offline(False)
    row(uploader).locator(".job-done").wait_for(timeout=30_000)
    row(uploader).get_by_role("button", name="Take it out").click()
    row(uploader).wait_for(state="detached")


def test_what_is_not_taken_says_so_beside_its_name(uploader, tmp_path):
    empty, wrong = tmp_path / "empty.safetensors", tmp_path / "old.ckpt"
    empty.write_bytes(b"")
    wrong.write_bytes(b"x")
    choose(uploader, empty)
    row(uploader).get_by_text("This file is empty.").wait_for()
    choose(uploader, wrong)
    row(uploader).nth(1).locator(".error").wait_for()
    assert uploader.locator(".uploads input[type=hidden]").count() == 0
