"""What a run costs: a price a step, free by default; held when it is asked for, paid for what was trained."""

from datetime import timedelta

from civitai.jobs import JobState
from wallet.domain import accounts, holding
from wallet.policy import policy

LIVES = timedelta(days=3)


def price_of(steps):
    """Units."""
    return steps * policy.training_step_price


def hold_for(run):
    return holding.hold(
        run.owner, run.price, key=f"training:{run.pk}", purpose="training", lives=LIVES, with_bonus=True
    )


def end(run, state):
    """A run that failed costs nothing; one that was stopped costs the steps of the epochs that it kept."""
    if run.hold is None:
        return
    kept = run.epochs.order_by("-number").values_list("step", flat=True).first() or 0
    if state == JobState.FAILED or not kept:
        holding.release(run.hold, because="training")
    else:
        paid = run.hold.units * kept // max(1, run.progress_total)
        holding.settle(run.hold, [(accounts.house("fees"), paid)], note="training", url=run.get_absolute_url())


def settle(run):
    if run.hold is not None:
        holding.settle(
            run.hold, [(accounts.house("fees"), run.hold.units)], note="training", url=run.get_absolute_url()
        )
