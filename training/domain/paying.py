"""What a run costs: a price a step, free by default; held when it is asked for, paid for what was trained."""

from datetime import timedelta

from django.utils.translation import gettext_noop

from civitai.errors import StaleState
from civitai.jobs import JobState
from wallet.domain import accounts, holding
from wallet.policy import policy

# Longer than a pause may last, and the run after it.
LIVES = timedelta(days=14)
RUN_OUT = gettext_noop("What was set aside for it had run out: it cost nothing.")


def price_of(steps):
    """Units."""
    return steps * policy.training_step_price


def hold_for(run):
    return holding.hold(
        run.owner,
        run.price,
        key=f"training:{run.pk}",
        purpose="training",
        lives=LIVES,
        with_bonus=True,
        url=run.get_absolute_url(),
    )


def back_of(run):
    """Units that come back, or came, when it ends before its time: what its kept epochs do not cost."""
    if run.state == JobState.FAILED or run.withheld_for:
        return run.price
    return run.price - run.price * _kept(run) // max(1, run.progress_total)


def _kept(run):
    return run.epochs.order_by("-number").values_list("step", flat=True).first() or 0


def end(run, state):
    """A run that failed or that a removal case stopped costs nothing; one that its owner stopped costs the steps of
    the epochs that it kept. Twice is once."""
    if run.hold is None:
        return
    kept = _kept(run)
    try:
        if state == JobState.FAILED or not kept or is_withheld(run):
            holding.release(run.hold, because="training")
        else:
            _pay(run, run.hold.units * kept // max(1, run.progress_total))
    except StaleState:
        # It has gone back already: the run ends all the same.
        run.say(RUN_OUT)


def settle(run):
    """A run that is done. One that waited longer than what was set aside for it is a gift."""
    if run.hold is None:
        return
    if is_withheld(run):
        holding.release(run.hold, because="training")
        return
    try:
        _pay(run, run.hold.units)
    except StaleState:
        run.say(RUN_OUT)


def is_withheld(run):
    """Asked of the row: a worker's copy is older than the case."""
    return type(run).objects.filter(pk=run.pk).exclude(withheld_for="").exists()


def _pay(run, units):
    holding.settle(run.hold, [(accounts.house("fees"), units)], note="training", url=run.get_absolute_url())
