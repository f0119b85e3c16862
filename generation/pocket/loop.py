"""The one training loop that VAE, denoiser and variants share: resumable, on two one-thread processes.

Everything that the loop depends on is in its checkpoint: weights, moving average, optimizer, step and
elapsed time. Randomness needs no state, since every step draws from generators seeded by (seed, step,
rank). So a run that was killed and resumed gives the same bits as one that was not.
"""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing


@dataclass(frozen=True)
class Plan:
    """When to stop (whichever of steps and minutes is spent first) and how fast to learn."""

    learning_rate: float
    minutes: float = math.inf  # of training, across resumes
    steps: int = 0  # 0: no limit
    warmup: int = 100  # steps
    weight_decay: float = 1e-2
    average_decay: float = 0.999  # of the exponential moving average of the weights
    save_every_s: float = 180
    seed: int = 0

    def fraction(self, step: int, trained_s: float) -> float:
        """How much of the run is over, 0..1 and beyond; the cosine and the curricula follow it."""
        return max(trained_s / (self.minutes * 60), step / self.steps if self.steps else 0)


class Moment(NamedTuple):
    """What a loss may know of the step: its progress (0..1) and its own sources of randomness."""

    fraction: float
    numpy: np.random.Generator
    torch: torch.Generator


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def log(*words):
    if rank() == 0:
        print(time.strftime("%H:%M:%S"), *words, flush=True)


def in_parallel(worker: Callable, *arguments, rendezvous: Path, processes: int = 2, niceness: int = 10):
    """Run ``worker(*arguments)`` in one-thread processes joined by gloo, below the machine's other work.

    Two of them are faster than two threads in one: on shared cores, threads that wait for each other
    burn several times the time they save.
    """
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["OMP_NUM_THREADS"] = "1"
    rendezvous.parent.mkdir(parents=True, exist_ok=True)
    rendezvous.unlink(missing_ok=True)
    torch.multiprocessing.spawn(_join, (processes, niceness, rendezvous, worker, arguments), nprocs=processes)


def _join(index, processes, niceness, rendezvous, worker, arguments):
    os.nice(niceness)
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=index, world_size=processes)
    worker(*arguments)
    dist.destroy_process_group()


def train(
    modules: torch.nn.ModuleDict,
    loss_at: Callable[[Moment], torch.Tensor],
    plan: Plan,
    checkpoint: Path,
    publish: Callable[[], None],
) -> int:
    """Train ``modules`` until the plan is spent; returns the step reached, with averaged weights in place.

    ``publish`` is called on rank 0 with the averaged weights in place, every ``save_every_s`` and at the
    end; the checkpoint is written beside. If it exists, training goes on from there.
    """
    weights = [p for p in modules.parameters() if p.requires_grad]
    average = [p.detach().clone() for p in weights]
    optimizer = torch.optim.AdamW(weights, betas=(0.9, 0.99), weight_decay=plan.weight_decay)
    step, before_s = _resume(checkpoint, modules, average, optimizer)
    started = saved_at = time.monotonic()
    fraction, losses = plan.fraction(step, before_s), []
    while fraction < 1:
        loss = loss_at(_moment(plan.seed, step, fraction))
        optimizer.zero_grad()
        loss.backward()
        now = time.monotonic()
        # The ranks agree on the progress as they agree on the gradient: by averaging it.
        mean_loss, next_fraction, saves = _average_gradients(
            weights, loss.item(), plan.fraction(step + 1, before_s + now - started), now - saved_at > plan.save_every_s
        )
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = _rate(plan, step, fraction)
        optimizer.step()
        step, fraction = step + 1, next_fraction
        torch._foreach_lerp_(average, [p.detach() for p in weights], 1 - min(plan.average_decay, step / (9 + step)))
        losses = (losses + [mean_loss])[-200:]
        if step % 200 == 0 or step == 20:
            pace = (time.monotonic() - started + before_s) / step
            log(f"step {step} at {fraction:.1%}: loss {sum(losses) / len(losses):.4f}, {pace:.3f} s a step")
        if saves:
            saved_at = time.monotonic()
            _save(checkpoint, modules, average, optimizer, step, before_s + saved_at - started)
            _with_average(weights, average, publish)
    _save(checkpoint, modules, average, optimizer, step, before_s + time.monotonic() - started)
    _with_average(weights, average, publish)
    for weight, mean in zip(weights, average, strict=True):
        weight.data.copy_(mean)
    return step


def _moment(seed, step, fraction):
    stream = np.random.SeedSequence([seed, step, rank()])
    generator = torch.Generator().manual_seed(int(stream.generate_state(1, np.uint64)[0] >> 1))
    return Moment(fraction, np.random.default_rng(stream), generator)


def _rate(plan, step, fraction):
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(fraction, 1))
    return plan.learning_rate * (min(1, (step + 1) / plan.warmup) * cosine + 0.01)


def _average_gradients(weights, *figures):
    """Average gradients over the ranks in one message; returns the averaged figures."""
    if world() == 1:
        return figures
    message = torch.cat([w.grad.reshape(-1) for w in weights] + [torch.tensor([float(f) for f in figures])])
    dist.all_reduce(message)
    message /= world()
    start = 0
    for weight in weights:
        weight.grad.copy_(message[start : start + weight.numel()].view_as(weight))
        start += weight.numel()
    return message[start:].tolist()


def _resume(checkpoint, modules, average, optimizer):
    if not checkpoint.exists():
        return 0, 0.0
    state = torch.load(checkpoint, weights_only=True)
    modules.load_state_dict(state["weights"])
    optimizer.load_state_dict(state["optimizer"])
    for mean, saved in zip(average, state["average"], strict=True):
        mean.copy_(saved)
    log(f"resuming {checkpoint.name} at step {state['step']}")
    return state["step"], state["trained_s"]


def _save(checkpoint, modules, average, optimizer, step, trained_s):
    if rank() != 0:
        return
    state = dict(weights=modules.state_dict(), average=average, optimizer=optimizer.state_dict())
    unfinished = checkpoint.with_suffix(".unfinished")
    torch.save(state | dict(step=step, trained_s=trained_s), unfinished)
    unfinished.replace(checkpoint)  # a kill while saving leaves the last good one


def _with_average(weights, average, publish):
    if rank() != 0:
        return
    current = [w.detach().clone() for w in weights]
    for weight, mean in zip(weights, average, strict=True):
        weight.data.copy_(mean)
    publish()
    for weight, kept in zip(weights, current, strict=True):
        weight.data.copy_(kept)
