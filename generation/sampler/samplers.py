"""The sampler and schedule names that people know, and the diffusers schedulers behind them.

The names are A1111's, because every shared prompt uses them. ``SAMPLERS`` and ``SCHEDULES`` are what a form may
offer; ``schedules_of`` tells which pairs exist. torch and diffusers are imported only when one is built.
"""

import re
from dataclasses import dataclass

from .errors import BadRequest

AUTOMATIC, NORMAL, KARRAS, EXPONENTIAL = "Automatic", "Normal", "Karras", "Exponential"
SGM_UNIFORM, SIMPLE, BETA = "SGM Uniform", "Simple", "Beta"
SCHEDULES = (AUTOMATIC, NORMAL, KARRAS, EXPONENTIAL, SGM_UNIFORM, SIMPLE, BETA)

# Only the spacing of the timesteps differs; the sigmas follow from them.
SPACED = (AUTOMATIC, NORMAL, SGM_UNIFORM, SIMPLE)


@dataclass(frozen=True)
class Sampler:
    """``module`` and ``scheduler`` name the diffusers class; ``automatic`` is what A1111 means by "Automatic"."""

    module: str
    scheduler: str
    options: tuple = ()
    automatic: str = NORMAL
    schedules: tuple = SCHEDULES
    spacing: str = "linspace"


SAMPLERS = {
    "DPM++ 2M": Sampler("dpmsolver_multistep", "DPMSolverMultistepScheduler", automatic=KARRAS),
    "DPM++ 2M SDE": Sampler(
        "dpmsolver_multistep",
        "DPMSolverMultistepScheduler",
        (("algorithm_type", "sde-dpmsolver++"),),
        automatic=EXPONENTIAL,
    ),
    "DPM++ 3M SDE": Sampler(
        "dpmsolver_multistep",
        "DPMSolverMultistepScheduler",
        (("algorithm_type", "sde-dpmsolver++"), ("solver_order", 3)),
        automatic=EXPONENTIAL,
    ),
    # The singlestep solver needs no torchsde; diffusers' own table names it for "DPM++ SDE".
    "DPM++ SDE": Sampler(
        "dpmsolver_singlestep",
        "DPMSolverSinglestepScheduler",
        (("algorithm_type", "sde-dpmsolver++"), ("lower_order_final", True)),
        automatic=KARRAS,
        schedules=(AUTOMATIC, NORMAL, KARRAS, EXPONENTIAL, BETA),
    ),
    "Euler": Sampler("euler_discrete", "EulerDiscreteScheduler"),
    "Euler a": Sampler("euler_ancestral_discrete", "EulerAncestralDiscreteScheduler"),
    "Heun": Sampler("heun_discrete", "HeunDiscreteScheduler"),
    "LMS": Sampler("lms_discrete", "LMSDiscreteScheduler"),
    "DPM2": Sampler("k_dpm_2_discrete", "KDPM2DiscreteScheduler", automatic=KARRAS),
    "DDIM": Sampler("ddim", "DDIMScheduler", schedules=SPACED, spacing="leading"),
    "PLMS": Sampler(
        "pndm", "PNDMScheduler", (("skip_prk_steps", True),), schedules=(AUTOMATIC, NORMAL), spacing="leading"
    ),
    "UniPC": Sampler("unipc_multistep", "UniPCMultistepScheduler"),
    "DEIS": Sampler("deis_multistep", "DEISMultistepScheduler"),
    "LCM": Sampler("lcm", "LCMScheduler", schedules=(AUTOMATIC, NORMAL), spacing="leading"),
}

# Other programs' words for the same thing, compared without case, spaces and punctuation.
ALIASES = {
    "eulera": "Euler a",
    "eulerancestral": "Euler a",
    "kdpmpp2m": "DPM++ 2M",
    "dpmpp2m": "DPM++ 2M",
    "dpmpp2msde": "DPM++ 2M SDE",
    "dpmpp2msdegpu": "DPM++ 2M SDE",
    "dpmpp2msdeheun": "DPM++ 2M SDE",
    "dpm2msdeheun": "DPM++ 2M SDE",
    "dpmpp3msde": "DPM++ 3M SDE",
    "dpmpp3msdegpu": "DPM++ 3M SDE",
    "dpmppsde": "DPM++ SDE",
    "dpmppsdegpu": "DPM++ SDE",
    "unipcbh2": "UniPC",
    "pndm": "PLMS",
}
SCHEDULE_ALIASES = {"uniform": NORMAL, "sgm": SGM_UNIFORM, "default": AUTOMATIC, "": AUTOMATIC}


def schedules_of(sampler):
    """The schedules that this sampler can follow, the default first."""
    return SAMPLERS[sampler].schedules


def read_names(sampler, schedule=""):
    """(sampler, schedule) in our words for another program's, or None where it is unknown.

    Old texts glue both together ("DPM++ 2M Karras"); ComfyUI writes "dpmpp_2m" and "karras".
    """
    sampler, schedule = " ".join(str(sampler).split()), " ".join(str(schedule).split())
    if not schedule:
        for glued in (KARRAS, EXPONENTIAL, SGM_UNIFORM, BETA):
            if sampler.lower().endswith(" " + glued.lower()):
                sampler, schedule = sampler[: -len(glued) - 1], glued
                break
    known = {_plain(name): name for name in SAMPLERS} | ALIASES
    schedules = {_plain(name): name for name in SCHEDULES} | SCHEDULE_ALIASES
    return known.get(_plain(sampler)), schedules.get(_plain(schedule))


def check_names(sampler, schedule):
    """Raise ``BadRequest`` when the pair cannot be drawn with."""
    if sampler not in SAMPLERS:
        raise BadRequest("There is no sampler called “{name}” here.", "sampler", name=str(sampler)[:60])
    if schedule not in SCHEDULES:
        raise BadRequest("There is no schedule called “{name}” here.", "schedule", name=str(schedule)[:60])
    if schedule not in SAMPLERS[sampler].schedules:
        offered = ", ".join(SAMPLERS[sampler].schedules)
        raise BadRequest(
            "{sampler} can't follow the {schedule} schedule. Choose one of: {offered}.",
            "schedule",
            sampler=sampler,
            schedule=schedule,
            offered=offered,
        )


def build_scheduler(config, sampler, schedule, steps):
    """A fresh diffusers scheduler with its timesteps set, on the base's own noise (betas, prediction type)."""
    import importlib

    from . import sigmas

    check_names(sampler, schedule)
    known = SAMPLERS[sampler]
    if schedule == AUTOMATIC:
        schedule = known.automatic
    module = importlib.import_module(f"diffusers.schedulers.scheduling_{known.module}")
    scheduler_class = getattr(module, known.scheduler)
    options = {
        **_noise_of(config),
        **dict(known.options),
        "timestep_spacing": "trailing" if schedule in (SGM_UNIFORM, SIMPLE) else known.spacing,
        "steps_offset": config.get("steps_offset", 1),
        # Latents are not pixels: clipping them to [-1, 1] ruins every picture.
        "clip_sample": False,
        "thresholding": False,
        "set_alpha_to_one": False,
    }
    if schedule in (KARRAS, EXPONENTIAL, BETA) and sampler != "Euler a":
        options["use_karras_sigmas"] = True
    allowed = _parameters(scheduler_class)
    scheduler = scheduler_class(**{key: value for key, value in options.items() if key in allowed})
    sigmas.follow(scheduler, schedule)
    if sampler == "LMS":
        sigmas.integrate_without_scipy(scheduler)
    if sampler == "LCM":
        scheduler.set_timesteps(steps, original_inference_steps=max(50, steps))
    else:
        scheduler.set_timesteps(steps)
    if sampler == "Euler a" and schedule in (KARRAS, EXPONENTIAL, BETA):
        # Its diffusers class knows no sigma schedules; it only walks the table that Euler makes.
        euler = build_scheduler(config, "Euler", schedule, steps)
        scheduler.sigmas, scheduler.timesteps = euler.sigmas, euler.timesteps
    return scheduler


def _noise_of(config):
    kept = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type")
    noise = {key: config[key] for key in kept if config.get(key) is not None}
    if config.get("rescale_betas_zero_snr"):
        noise["rescale_betas_zero_snr"] = True
    return noise


def _parameters(scheduler_class):
    import inspect

    return set(inspect.signature(scheduler_class.__init__).parameters)


def _plain(name):
    return re.sub(r"[^a-z0-9]", "", str(name).lower().replace("++", "pp"))
