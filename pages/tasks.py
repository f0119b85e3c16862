"""Loads by id, makes one domain call."""

from civitai.tasks import cpu_task


@cpu_task(name="pages.check_invariants")
def check_invariants():
    """What is wrong raises, so that it stands in the log and whoever watches it is called."""
    from pages.domain import invariants

    wrong = [str(result) for result in invariants.check() if result.hits]
    if wrong:
        raise AssertionError("; ".join(wrong))
