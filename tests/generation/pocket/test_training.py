"""The loop that makes the weights: it goes on after a kill, to the same bits."""

import pytest

torch = pytest.importorskip("torch", reason="the worker extra is not installed")

from generation.pocket.loop import Plan, train  # noqa: E402


def run(folder, steps, *, stop_at=None):
    """Train a small network for `steps`; `stop_at` kills it after that many by raising in the loss."""
    torch.manual_seed(0)
    network = torch.nn.Linear(4, 4)
    done = []

    def loss_at(moment):
        if stop_at is not None and len(done) == stop_at:
            raise KeyboardInterrupt
        done.append(1)
        wanted = torch.randn(8, 4, generator=moment.torch)
        return ((network(wanted) - wanted.flip(1)) ** 2).mean()

    plan = Plan(learning_rate=1e-2, steps=steps, warmup=2, save_every_s=0)
    train(torch.nn.ModuleDict({"n": network}), loss_at, plan, folder / "x.checkpoint", lambda: None)
    return network.weight.detach().clone()


def killed_at(number):
    """In place of saving a pipeline: the kill comes after that many steps, when the checkpoint is just written."""
    calls = []

    def save(folder, **parts):
        calls.append(folder)
        if len(calls) == number:
            raise KeyboardInterrupt

    return save


def test_a_killed_run_resumes_to_the_same_bits(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = run(tmp_path / "a", 12)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", 12, stop_at=7)
    assert torch.equal(run(tmp_path / "b", 12), whole)


def test_a_finished_run_is_not_run_again(tmp_path):
    first = run(tmp_path, 5)
    assert torch.equal(run(tmp_path, 5, stop_at=0), first)


def test_the_real_training_resumes_to_the_same_bits(tmp_path, monkeypatch):
    """Text encoder and UNet on a few drawn pictures: four steps are two and two."""
    from shutil import copytree

    from safetensors.torch import load_file

    from generation.pocket import WEIGHTS, dataset
    from generation.pocket.denoiser import train_denoiser

    torch.set_num_threads(1)
    pictures = tmp_path / "pictures"
    dataset.build(pictures, pictures=12, processes=1)
    plan = Plan(learning_rate=1e-3, steps=4, warmup=1, save_every_s=0)
    options = dict(plan=plan, low_precision=False, batch=4)
    for name in ("whole", "resumed"):
        for part in ("tokenizer", "vae"):
            copytree(WEIGHTS / part, tmp_path / name / part)
    train_denoiser(tmp_path / "whole" / "model", None, pictures, **options)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("generation.pocket.denoiser.save_pipeline", killed_at(2))
        train_denoiser(tmp_path / "resumed" / "model", None, pictures, **options)
    train_denoiser(tmp_path / "resumed" / "model", None, pictures, **options)
    for file in ("unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"):
        whole, resumed = (load_file(tmp_path / name / "model" / file) for name in ("whole", "resumed"))
        assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_one_real_step_lowers_nothing_to_nan():
    from generation.pocket.denoiser import SCHEDULE, UNET, new_text_encoder, velocity_loss
    from generation.pocket.loop import _moment

    torch.set_num_threads(1)
    from diffusers import DDPMScheduler, UNet2DConditionModel

    from generation.pocket import WEIGHTS
    from generation.pocket.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(WEIGHTS / "tokenizer")
    unet, encoder = UNet2DConditionModel(**UNET), new_text_encoder(tokenizer)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod
    tokens = torch.tensor(tokenizer(["red circle"] * 2, padding="max_length", max_length=77).input_ids)
    optimizer = torch.optim.AdamW([*unet.parameters(), *encoder.parameters()], lr=1e-3)
    losses = []
    for _ in range(6):
        # The same noise each time: the loss of one fixed batch must go down.
        loss = velocity_loss(unet, encoder, torch.ones(2, 4, 16, 16), tokens, alphas, _moment(1, 0, 0), False)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
