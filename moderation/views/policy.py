"""The policy on real people for everybody to read, from the file that the checks read."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from moderation.policy import people

SURFACES = {
    "model": gettext_lazy("Models"),
    "prompt": gettext_lazy("What you ask the generator for"),
    "bounty": gettext_lazy("Bounties"),
    "dataset": gettext_lazy("Training sets"),
    "image": gettext_lazy("Images and their prompts"),
    "text": gettext_lazy("Comments, reviews, posts"),
    "username": gettext_lazy("Names of members"),
}
KINDS = {
    "named": gettext_lazy("A well-known person's name"),
    "declared": gettext_lazy("Its owner says that it shows a real person"),
    "undress": gettext_lazy("Undressing somebody, swapping faces"),
    "minor": gettext_lazy("A child together with something sexual"),
    "profile": gettext_lazy("A link to somebody's profile"),
}
ACTIONS = {
    "refuse": gettext_lazy("refused"),
    "hold": gettext_lazy("a moderator looks first"),
    "allow": gettext_lazy("not asked"),
}


@require_safe
def real_people(request):
    told = people.policy()
    context = {
        "kinds": list(KINDS.values()),
        "rows": [
            {"name": SURFACES[surface], "cells": [{"kind": KINDS[kind], "key": rules[kind], "text": ACTIONS[rules[kind]]} for kind in KINDS]}
            for surface, rules in told["surfaces"].items()
        ],
        "clauses": [(row["id"], _(row["sentence"])) for row in sorted(told["clauses"].values(), key=lambda row: row["id"])],
        "listed": len(told["names"]["listed"]),
        "classifier": told["classifier"]["name"],
    }  # fmt: skip
    return render(request, "moderation/real_people.html", context)
