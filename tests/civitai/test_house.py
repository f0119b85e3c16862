"""The rules find what they are for, and leave alone what is right."""

import pytest

from tests.house import check_python, check_template

BROKEN = [
    ("gallery/views/feed.py", "def f(r):\n    Image.objects.create()", ".create()"),
    ("gallery/forms.py", "def f(r):\n    r.save()", ".save()"),
    ("gallery/tasks.py", "def f(r):\n    R.objects.get_or_create(a=1)", ".get_or_create()"),
    ("gallery/domain/x.py", "Post.objects.filter(pk=1).update(state='published')", "row.move"),
    ("gallery/domain/x.py", "post.state = 'published'", "row.move"),
    ("gallery/domain/x.py", "import torch", "torch at module top"),
    ("gallery/models.py", "from PIL import Image", "PIL at module top"),
    ("gallery/domain/x.py", "from gallery.tasks import f", "enqueue by name"),
    ("gallery/queries.py", "def f():\n    from gallery.views import g", "move the code down"),
    ("benchmarks/x.py", "import pickle", "pickle runs"),
    ("generation/sampler/x.py", "torch.load(path)", "weights_only"),
    ("gallery/models.py", "class PostManager: pass", "word of the field"),
    ("gallery/domain/x.py", "transaction.on_commit(lambda: cache.delete(1))", "after_commit"),
    ("gallery/apps.py", "from django.dispatch import receiver", "signals"),
]

RIGHT = [
    ("gallery/domain/posting.py", "Post.objects.create(owner=by)"),
    ("gallery/models.py", "def rename(self, to):\n    self.save(update_fields=['title'])"),
    ("gallery/domain/x.py", "def f():\n    import torch"),
    ("generation/sampler/x.py", "import torch\ntorch.load(p, weights_only=True)"),
    ("gallery/domain/x.py", "Post.objects.filter(state='draft').update(title='x')"),
    ("civitai/states.py", "rows.update(state=to)"),
]


@pytest.mark.parametrize(("path", "source", "says"), BROKEN)
def test_a_broken_rule_is_found(path, source, says):
    assert any(says in str(finding) for finding in check_python(path, source)), check_python(path, source)


@pytest.mark.parametrize(("path", "source"), RIGHT)
def test_right_code_is_left_alone(path, source):
    assert check_python(path, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        '<a onclick="x()">',
        "<div hx-on:click='x'>",
        "<style>a{}</style>",
        "{{ text|safe }}",
    ],
)
def test_templates_with_script_inside_are_found(source):
    assert check_template("templates/x.html", source)


def test_templates_with_modules_are_left_alone():
    assert not check_template(
        "x.html", '<script type="module" src="/a.js"></script><script type="application/json">{}</script>'
    )
