"""Small versions of the benchmarks: they run, and say what `make bench` promises. Their figures are for a quiet machine."""

import importlib
import json

import pytest

from benchmarks import __main__ as bench
from benchmarks import hashing, training

# What stands in for diffusers' script: it trains nothing, and its progress bar is the clock.
PEER = """
import argparse
from tqdm.auto import tqdm
parser = argparse.ArgumentParser()
parser.add_argument("--max_train_steps", type=int)
parser.add_argument("--pretrained_model_name_or_path")
asked, _rest = parser.parse_known_args()
bar = tqdm(range(asked.max_train_steps), desc="Steps")
for _ in range(asked.max_train_steps):
    sum(range(100_000))
    bar.update(1)
"""


def told(capsys):
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all({"figure", "value"} <= set(line) for line in lines)
    return {line["figure"]: line for line in lines}


def test_each_is_listed_and_can_be_run(capsys):
    assert bench.main(["--list"]) == 0
    assert capsys.readouterr().out.split() == [
        "feed", "hashing", "ledger", "renaming", "sampler", "style", "training", "worker"
    ]  # fmt: skip
    for name in bench.names():
        if name != "sampler":  # without the worker's packages it can't be read
            assert callable(importlib.import_module(f"benchmarks.{name}").main)


def test_a_name_that_is_none_and_arguments_of_nobody(capsys):
    assert bench.main(["nothing"]) == 2 and "feed, hashing" in capsys.readouterr().err
    assert bench.main(["--", "--rounds", "1"]) == 2


def test_hashing_says_three_figures_and_its_memory_is_flat(capsys):
    hashing.main(["--mb", "64", "--rounds", "1"])
    lines = told(capsys)
    assert lines["six hashes of 64 MB / hashlib.sha256"]["unit"] == "x"
    assert lines["six hashes: memory of a pass"]["holds"]


def test_an_image_of_the_engine_has_the_pixels_of_the_pipeline(capsys):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    from benchmarks import sampler

    sampler.main(["--rounds", "1"])
    lines = told(capsys)
    assert len(lines) == 4
    assert lines["one image: largest difference to the pipeline's pixels"]["holds"]


@pytest.mark.django_db(transaction=True)
def test_an_image_of_the_worker_has_the_pixels_of_the_pipeline(capsys):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    from benchmarks import worker

    worker.compare(1)
    lines = told(capsys)
    assert len(lines) == 2
    assert lines["one image through the worker: largest difference to the pipeline's pixels"]["holds"]


def test_style_says_five_figures(capsys):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    from benchmarks import style

    style.main(["--epochs", "1", "--repeats", "2", "--prompts", "2"])
    lines = told(capsys)
    assert len(lines) == 5 and lines["twenty pictures, 5 steps, samples included"]["holds"]


def test_training_is_skipped_with_a_sentence_where_the_script_is_not(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("PEER_TRAINER", raising=False)
    for arguments in ([], ["--peer", str(tmp_path / "nothing.py")]):
        assert training.main(arguments) == 0
        line = told(capsys)[training.FIGURE]
        assert line["value"] is None and "give the script's path" in line["skipped"]


def test_training_runs_both_sides_on_the_same_pictures(capsys, tmp_path):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    training.main(["--peer", str(script), "--steps", "5", "--rounds", "1"])
    line = told(capsys)[training.FIGURE]
    assert line["peer"] == "5 steps" and line["goal"] == ">= 1.6" and line["value"] > 0


def test_a_side_that_breaks_says_why(tmp_path):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    script = tmp_path / "peer.py"
    script.write_text("raise SystemExit('no data set here')")
    with pytest.raises(RuntimeError, match="no data set here"):
        training.main(["--peer", str(script), "--steps", "5", "--rounds", "1"])
