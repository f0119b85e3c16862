"""Loads by id, makes one domain call."""

from civitai.tasks import cpu_task, io_task


@io_task(name="moderation.execute_case", limits=(4 * 3600, 4 * 3600 + 300))
def execute_case(job_id):
    from moderation.domain.cases import executing

    executing.execute(job_id)


@io_task(name="moderation.keep_case_clocks")
def keep_case_clocks():
    from moderation.domain.cases import clocks

    clocks.keep()


@io_task(name="moderation.look_at_proof_pages")
def look_at_proof_pages():
    from moderation.domain.cases import verifying

    verifying.look_again()


@io_task(name="moderation.send_case_mails")
def send_case_mails():
    from moderation.domain.cases import mailing

    mailing.send()


@io_task(name="moderation.send_decision_letters")
def send_decision_letters():
    from moderation.domain import telling

    telling.send()


@io_task(name="moderation.keep_log_head")
def keep_log_head():
    from moderation.domain import heads

    heads.keep()


@cpu_task(name="moderation.look_at_evidence")
def look_at_evidence(pk):
    from moderation.domain.cases import evidence

    evidence.look_at(pk)


@io_task(name="moderation.keep_proposals")
def keep_proposals():
    from moderation.domain import seconding

    seconding.keep()
