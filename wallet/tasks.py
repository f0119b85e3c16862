from civitai.tasks import cpu_task, io_task


@io_task(name="wallet.expire_holds")
def expire_holds():
    from wallet.domain import holding

    holding.expire()


@io_task(name="wallet.look_for_rings")
def look_for_rings():
    from wallet.domain import rings

    rings.tell()


@cpu_task(name="wallet.prove_ledger")
def prove_ledger():
    """What is wrong raises, so that it stands in the log and whoever watches it is called."""
    from wallet.domain.proof import prove

    wrong = prove()
    if wrong:
        raise AssertionError(f"the ledger does not hold: {wrong}")
