"""/styleguide/: every component in all its states, for people who build pages. Mounted when DEBUG is on.

Its contents are awkward on purpose: long names, Portuguese, large numbers, pictures that are not there.
"""

from datetime import timedelta

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.utils import timezone

# name, width, height, mean colour
PICTURES = {
    "paper-moon": (720, 900, "#644662"), "paper-fjord": (600, 900, "#31566c"), "paper-dawn": (900, 600, "#b09191"),
    "pebbles": (675, 900, "#a0a1a2"), "silk-iris": (720, 900, "#574370"), "sea": (675, 900, "#735f79"),
    "riso": (675, 900, "#969889"), "dunes": (900, 506, "#997c75"),
}  # fmt: skip
HASH = "data:image/webp;base64,UklGRk4AAABXRUJQVlA4IEIAAADwAQCdASoKAAoAA4BaJQBYdhtkQt7lM/AA/sJOV+ofr7iF2F+9iuodedaREpqfGHaIJKe/7cORGRjssHCOmyghwAA="

SWATCHES = [
    ("Page", "page"), ("Well", "sunk"), ("Panel", "surface"), ("Floating", "raised"), ("Control", "fill"), ("Control, hover", "fill-2"),
    ("Field edge", "edge"), ("Ink, faint", "ink-3"), ("Ink, second", "ink-2"), ("Ink", "ink"), ("Citron", "accent"), ("Citron, line", "accent-line"),
    ("Citron, tint", "accent-tint"), ("Good", "ok-solid"), ("Careful", "warn-solid"), ("Bad", "danger-solid"), ("Neutral news", "info-solid"), ("Mat", "mat"),
]  # fmt: skip


class Example(forms.Form):
    name = forms.CharField(label="Name", initial="Papercut Horizons", help_text="People find it by this.")
    reward = forms.IntegerField(label="Reward", help_text="In credits.")
    base = forms.ChoiceField(label="Base", choices=[("sdxl", "SDXL 1.0"), ("sd15", "SD 1.5")])
    weight = forms.FloatField(
        label="Weight",
        initial=0.85,
        widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 1.4, "step": 0.05}),
    )
    locked = forms.CharField(label="Locked", initial="Set by the base model", disabled=True, required=False)
    about = forms.CharField(
        label="Description",
        required=False,
        widget=forms.Textarea,
        initial="Recorte de papel em camadas, com sombra de verdade.",
    )
    agree = forms.BooleanField(
        label="I may publish this", required=True, help_text="You made it, or its licence says so."
    )
    sort = forms.ChoiceField(
        label="Sort", choices=[("top", "Top"), ("new", "New")], widget=forms.RadioSelect, initial="top"
    )

    def clean_reward(self):
        if self.cleaned_data["reward"] < 500:
            raise forms.ValidationError("At least 500 credits, so that an entry is worth the work.")
        return self.cleaned_data["reward"]


def picture(name):
    width, height, tone = PICTURES[name]
    return {"url": static(f"styleguide/{name}.webp"), "width": width, "height": height, "tone": tone}


def shot(name, **more):
    width, height, tone = PICTURES[name]
    return {
        "url": "#",
        "src": static(f"styleguide/{name}.webp"),
        "w": width,
        "h": height,
        "tone": tone,
        "alt": name.replace("-", " "),
        "remix_url": "#",
        "collect_url": "#",
        **more,
    }


def styleguide(request):
    form = Example({"name": "Papercut Horizons", "reward": "200", "base": "sdxl", "weight": "0.85", "sort": "top"})
    form.is_valid()
    now = timezone.now()
    return render(
        request,
        "styleguide/styleguide.html",
        {
            "swatches": SWATCHES,
            "bound": form,
            "fresh": Example(auto_id="fresh_%s"),
            "page": Paginator(range(9600), 100).get_page(request.GET.get("page", 2)),
            "hash": HASH,
            "covers": {name.replace("-", "_"): picture(name) for name in PICTURES},
            "shots": [
                shot("sea", author="tadeu.luz", likes=1_204, eager=True, count=4),
                shot("paper-dawn", author="Inês Carvalhal", likes=864, eager=True),
                shot(
                    "riso",
                    author="Maximiliane von Hohenstein-Rüdesheim zu Kirchentellinsfurt",
                    likes=4_102_000,
                    remix=True,
                    eager=True,
                ),
                shot("dunes", author="noor", likes=0, covered="X", hash=HASH, show_url="#"),
                shot("paper-moon", author="切り紙屋 Haru", likes=391, covered="XXX"),
            ],
            "face": static("styleguide/faces/oluwaseun.webp"),
            "menu_items": [
                {"label": "Remix", "icon": "repeat-2", "url": "#", "small": "R", "current": True},
                {"label": "Add to a collection", "icon": "bookmark", "url": "#"},
                {"label": "Download", "icon": "download", "url": "#", "small": "PNG, 2.1 MB"},
                {"rule": True},
                {"label": "Report", "icon": "flag", "url": "#"},
                {"label": "Delete", "icon": "trash-2", "danger": True, "dialog": "ask"},
            ],
            "tabs": [
                {"label": "v3 Deep shadow", "small": "SDXL", "url": "#", "current": True},
                {"label": "v2", "small": "SDXL", "url": "#"},
                {"label": "v1", "small": "SD 1.5", "url": "#"},
            ],
            "terms_options": [("day", "Day"), ("week", "Week")],
            "sorts": [
                {"label": "Top", "url": "#", "current": True},
                {"label": "Rising", "url": "#"},
                {"label": "New", "url": "#"},
            ],
            "events": [
                {"title": "Verified", "at": now - timedelta(days=9), "kind": "good"},
                {"title": "Refused", "text": "The proof did not load.", "at": now - timedelta(days=3), "kind": "bad"},
                {
                    "title": "Offer 3",
                    "text": "40 per 100, with download",
                    "at": now - timedelta(hours=3),
                    "kind": "now",
                },
                {"title": "Your answer", "when": "by 23 Nov, 14:02", "kind": "next"},
            ],
            "terms": [
                {"term": "Sell pictures", "old": "Yes"},
                {"term": "Run on a paid service", "old": "25 per 100", "new": "40 per 100", "small": "from 1 December"},
                {"term": "Merge", "old": "No", "new": "With your name"},
            ],
            "figures": [
                {"name": "Type", "value": "LoRA, rank 32"},
                {"name": "Base", "value": "SDXL 1.0", "url": "#"},
                {"name": "AutoV2", "value": "7C41B09E2F", "mono": True},
            ],
            "head": ["File", "Precision", "Size"],
            "rows": [
                ["serra-papercut-v4.safetensors", "fp16", "218 MB"],
                ["serra-papercut-v4-fp32.safetensors", "fp32", "436 MB"],
            ],
            "moments": [
                now - timedelta(seconds=9),
                now - timedelta(minutes=7),
                now - timedelta(hours=5),
                now - timedelta(days=2),
                now - timedelta(days=400),
                now + timedelta(days=3),
            ],
            "prompt": "ppcut horizon, layered paper, (full moon:1.2) low behind the serra, six ridges from rose to plum <lora:papercut:0.85>",
            "text": "## Where it is weak\n\nPortraits: **no**. Start at `0.8`, see [the notes](https://example.org).\n\n- one\n- two\n\n> “Fraco em retratos.”",
        },
    )


urlpatterns = [path("", styleguide, name="styleguide")]
