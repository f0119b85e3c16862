"""Killed in the middle of a job: a worker, the broker, the database. The job goes on, and what it costs is paid once."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from civitai.services import processes
from civitai.services.roster import ROOT
from tests import ports
from tests.chaos.test_kills import WholeSite, state

pytest.importorskip("torch", reason="the worker extra is not installed")
pytestmark = pytest.mark.chaos

PATIENCE_S = 150
PREPARE = """
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import User
from generation.domain.bases import add_pocket
from tests.factories import training as pictures
from tests.factories.cases import carried_out, in_talks
from tests.factories.wallet import give
from training.domain import collecting
house, ada = (User.objects.create_user(username=name, email=name + "@example.org") for name in ("house", "ada"))
base = add_pocket(house, prompts=("a red circle on a blue background",))
add_pocket(house, name="Free", prompts=("a red circle on a blue background",))
case, _token = in_talks(base.model, wish="licensed", units_per_image=400, public_name="Helena Prado")
from moderation.domain.cases import talking
offer = case.offers.get()
talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)
carried_out(case)
give(ada, 500)
dataset = collecting.start(ada, name="Stripes")
collecting.describe(dataset, name="Stripes", trigger=pictures.TRIGGER)
collecting.add_zip(dataset, SimpleUploadedFile("set.zip", pictures.zipped(5)))
collecting.attest(dataset)
"""
TRAIN = """
from accounts.models import User
from models_hub.models import ModelVersion
from training.domain import asking
from training.models import Dataset
from training.trainer.settings import Settings
from wallet.policy import policy
policy.training_step_price = 1000
small = Settings(epochs=4, repeats=12, rank=4, batch_size=1, warmup=2)
ada, base = User.objects.get(username="ada"), ModelVersion.objects.get(model__name="Free")
print(asking.ask(Dataset.objects.get(owner=ada), ada, base=base, settings=small, prompts=()).pk)
"""
DRAW = """
from accounts.models import User
from generation import queries
from generation.domain import asking
from models_hub.models import ModelVersion
ada, bases = User.objects.get(username="ada"), ModelVersion.objects.select_related("model")
base = bases.exclude(model__name="Free").get(can_generate=True)
wish = asking.Wish(base=base, prompt="a green star on a white background", width=128, height=128, steps=50, count=4,
    seed=5, quote=queries.studio(ada, base_id=base.pk, loras=[]).quote)
print(asking.ask(ada, wish).pk)
"""


class Going:
    """The whole site with a member, a base that an artist has licensed for 0.4 credits a picture, a free one, and a training set."""

    def __init__(self, whole):
        self.whole, self.port = whole, whole.port

    def sql(self, text, *values):
        with psycopg.connect(self.whole.names()["DATABASE_URL"], connect_timeout=5) as connection:
            return connection.execute(text, values).fetchone()

    def manage(self, *arguments):
        named = {
            "DJANGO_SETTINGS_MODULE": "civitai.settings.dev",
            "SECRET_KEY": "chaos",
            "DATA_DIR": str(self.whole.folder),
        }
        env = {**os.environ, **self.whole.names(), **named}
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments], env=env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def ask(self, code):
        """The id of the job, which a worker may have begun with."""
        return self.manage("shell", "--verbosity=0", "-c", code).split()[-1]

    def kill(self, part):
        """SIGKILL to it and all that it started; the site itself starts it again."""
        before = self.whole.pid(part)
        for pid in processes.in_session(before):
            processes.send(pid, signal.SIGKILL)
        self.until(lambda: self.whole.pid(part) != before)
        self.until(lambda: state(self.port) == [])

    def until(self, there, *, within_s=PATIENCE_S):
        deadline = time.monotonic() + within_s
        while not (found := self._asked(there)):
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.05)
        return found

    @staticmethod
    def _asked(there):
        try:
            return there()
        except (psycopg.OperationalError, OSError, ValueError):
            return None  # what is asked is what was killed

    def in_the_middle(self, table, job):
        row = f"SELECT progress_done FROM {table} WHERE id = %s AND state = 'running' AND progress_done > 0"
        return self.until(lambda: self.sql(row, job))[0]

    def done(self, table, job):
        row = f"SELECT attempt FROM {table} WHERE id = %s AND state = 'done'"
        return self.until(lambda: self.sql(row, job))[0]

    def credits(self):
        row = "SELECT balance FROM wallet_account a JOIN accounts_user u ON u.id = a.owner_id"
        return self.sql(row + " WHERE username = 'ada' AND kind = 'member' AND colour = 'credits'")[0]

    def is_drawn_and_paid_once(self, job, *, before, pictures=4):
        """`pictures` of one job, each in its place and each kept once; 0.4 credits for each have left."""
        drawn = self.sql(
            "SELECT array_agg(index ORDER BY index), count(DISTINCT picture_id) FROM generation_generationresult "
            "WHERE generation_id = %s",
            job,
        )
        assert drawn == ([0, 1, 2, 3], 4)
        assert self.credits() == before - 400 * pictures
        assert self.sql("SELECT count(*) FROM wallet_hold WHERE state = 'held'") == (0,)
        assert "holds" in self.manage("prove_ledger")

    def is_trained_and_paid_once(self, job, *, before):
        """240 steps at a credit each, four epochs, each once."""
        epochs = "SELECT array_agg((number, step)::text ORDER BY number) FROM training_epoch WHERE run_id = %s"
        assert self.sql(epochs, job) == (["(1,60)", "(2,120)", "(3,180)", "(4,240)"],)
        losses = "SELECT jsonb_array_length(losses::jsonb), progress_done FROM training_trainingrun WHERE id = %s"
        assert self.sql(losses, job) == (240, 240)
        assert self.credits() == before - 240_000
        assert self.sql("SELECT count(*) FROM wallet_hold WHERE state = 'held'") == (0,)
        assert "holds" in self.manage("prove_ledger")


@pytest.fixture(scope="module")
def going(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "data"
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    (folder / "done").mkdir(parents=True)
    (folder / "done" / "seeded").touch()
    whole = WholeSite(folder, ports.draw(1)[0])
    whole.extra = {"JOB_LEASE_S": "10", "CLASSIFIER": "0"}
    try:
        going = Going(whole.start())
        going.manage("shell", "--verbosity=0", "-c", PREPARE)
        ready = "SELECT 1 WHERE 5 = (SELECT count(*) FROM training_datasetpicture d JOIN community_picture p "
        going.until(lambda: going.sql(ready + "ON p.id = d.picture_id WHERE p.state = 'ready')"))
        yield going
    finally:
        working = whole.alive()
        if whole.popen and whole.popen.poll() is None:
            whole.stop()
        for pid in working:
            processes.send(pid, signal.SIGKILL)


def test_a_worker_killed_in_the_middle_of_drawing(going):
    before, job = going.credits(), going.ask(DRAW)
    before = max(before, going.credits())
    going.in_the_middle("generation_generation", job)
    going.kill("worker-gpu")
    assert going.done("generation_generation", job) == 2
    going.is_drawn_and_paid_once(job, before=before)


def test_a_worker_killed_in_the_middle_of_training(going):
    """After the first checkpoint, between two of them: the next worker begins where the checkpoint is."""
    before, job = going.credits(), going.ask(TRAIN)
    saved = "SELECT checkpoint_step FROM training_trainingrun WHERE id = %s AND state = 'running'"
    beyond = saved + " AND checkpoint_step >= 60 AND progress_done > checkpoint_step"
    going.until(lambda: going.sql(beyond, job))
    going.kill("worker-gpu")
    (step,) = going.sql("SELECT checkpoint_step FROM training_trainingrun WHERE id = %s", job)
    assert going.done("training_trainingrun", job) == 2
    began = going.sql("SELECT pace_step FROM training_trainingrun WHERE id = %s", job)
    assert began == (step,) and step >= 60, "not from the beginning"
    going.is_trained_and_paid_once(job, before=before)


def test_the_broker_killed_in_the_middle_of_drawing_loses_no_job(going):
    """It keeps no message of the job that waits; nor does the previews' cache fail the one that is drawn."""
    before, job = going.credits(), going.ask(DRAW)
    waits = going.ask(DRAW)
    going.in_the_middle("generation_generation", job)
    going.kill("valkey")
    assert going.done("generation_generation", job) == 1, "what a worker had begun, it ends"
    going.done("generation_generation", waits)
    going.is_drawn_and_paid_once(job, before=before, pictures=8)
    going.is_drawn_and_paid_once(waits, before=before, pictures=8)


def test_the_database_killed_in_the_middle_of_training(going):
    before, job = going.credits(), going.ask(TRAIN)
    going.in_the_middle("training_trainingrun", job)
    going.kill("postgres")
    assert going.done("training_trainingrun", job) >= 2
    going.is_trained_and_paid_once(job, before=before)
