"""The weights that ship: they are whole, small, and a prompt steers them."""

import json

import numpy as np
import pytest

from generation.pocket import WEIGHTS

torch = pytest.importorskip("torch", reason="the worker extra is not installed")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_all_weights_together_stay_under_12_mb():
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < 12_000_000


def test_the_scheduler_file_is_strict_json_and_says_what_samplers_need():
    def refuse(constant):
        raise ValueError(constant)

    config = json.loads((WEIGHTS / "scheduler/scheduler_config.json").read_text(), parse_constant=refuse)
    assert config["prediction_type"] == "v_prediction"
    assert config["clip_sample"] is False
    assert config["steps_offset"] == 1


def test_prompts_steer_the_pictures():
    """Real pictures of prompts that were never trained, read back by the checker."""
    from generation.pocket.captions import plain_caption
    from generation.pocket.checker import score
    from generation.pocket.report import draw, load_pipeline, questions

    report = json.loads((WEIGHTS / "report.json").read_text())["trained combinations"]
    scenes = questions(24, seed=2026)
    shares = score(scenes, draw(load_pipeline(WEIGHTS), [plain_caption(scene) for scene in scenes]))
    # The report's share less what chance may take from 24 pictures (about 2.5 standard deviations).
    for name, share in shares.items():
        margin = 2.5 * np.sqrt(max(report[name] * (1 - report[name]), 0.02) / len(scenes))
        assert share >= report[name] - margin, (shares, report)
    assert shares["colour"] >= 0.8 and shares["background"] >= 0.9


@pytest.mark.parametrize("variant", ["anime", "realistic"])
def test_a_variant_merges_and_changes_the_look(variant, tmp_path):
    from generation.pocket.report import draw, load_pipeline
    from generation.pocket.variants import merge

    prompts = ["a red circle on a blue background", "a yellow star on a green background"]
    base = draw(load_pipeline(WEIGHTS), prompts, steps=8)
    merged = draw(load_pipeline(merge(variant, tmp_path / variant)), prompts, steps=8)
    change = np.abs(np.stack(base).astype(int) - np.stack(merged)).mean()
    assert 2 < change < 90, "a variant is another look of the same picture"
    assert not list((tmp_path / variant).glob("*.safetensors"))
