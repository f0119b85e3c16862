"""Two at the same moment: one wins, the other is told so. And what happens when carrying out breaks."""

import threading

import pytest
from django.db import connection

from civitai import adapters
from civitai.errors import Refused
from moderation.domain.cases import executing, talking
from moderation.domain.cases.terms import DEFAULTS
from moderation.models import Execution, Item, Offer
from tests.factories import cases, models_hub
from tests.people import cast

LICENCE = {"outcome": "licensed", **DEFAULTS}


def together(*acts):
    """Runs them in threads of their own; returns the errors."""
    errors, gate = [], threading.Barrier(len(acts))

    def run(act):
        try:
            gate.wait(10)
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return errors


@pytest.mark.django_db(transaction=True)
def test_offers_and_acceptances_at_the_same_moment():
    people = cast()
    model = models_hub.published(people.alice)
    case, _token = cases.in_talks(model)
    first = case.offers.get()
    acts = [
        lambda: talking.offer(case.__class__.objects.get(pk=case.pk), "uploader", {**LICENCE, "units_per_image": 100}),
        lambda: talking.offer(case.__class__.objects.get(pk=case.pk), "uploader", {**LICENCE, "units_per_image": 200}),
        lambda: talking.accept(
            case.__class__.objects.get(pk=case.pk), "uploader", offer_id=first.pk, terms_hash=first.terms_hash
        ),
    ]
    errors = together(*acts)
    assert len(errors) == 2 and all(isinstance(error, Refused) for error in errors), errors
    case.refresh_from_db()
    assert Offer.objects.filter(case=case, state="open").count() == (1 if case.state == "negotiating" else 0)


@pytest.mark.django_db(transaction=True)
def test_what_breaks_stays_in_hand_and_calls_people(monkeypatch):
    people = cast()
    model = models_hub.published(people.alice)
    case, _token = cases.in_talks(model, if_silent="removed")
    executing.start(case, "removed")
    job = Execution.objects.get(case=case)
    Execution.objects.filter(pk=job.pk).update(max_attempts=1)

    def broken(event, **facts):
        raise RuntimeError("the store is gone")

    whole = adapters.tell
    monkeypatch.setattr(
        adapters, "tell", lambda event, **facts: broken(event) if event == "taken_down" else whole(event, **facts)
    )
    with pytest.raises(RuntimeError):
        executing.execute(job.pk)
    case.refresh_from_db()
    model.refresh_from_db()
    assert case.state == "executing" and model.taken_down_at is None
    assert Item.objects.get(row=str(case.pk), state="open").severity == "P0"
