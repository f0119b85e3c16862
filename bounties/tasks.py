from civitai.tasks import io_task


@io_task(name="bounties.tick")
def tick():
    from bounties.domain import clock

    clock.tick()
