"""Noise schedules that diffusers either lacks or takes scipy for, in numpy alone."""

import numpy as np

from .samplers import BETA, EXPONENTIAL


def follow(scheduler, schedule):
    """Let a scheduler that can follow Karras' sigmas follow another row of sigmas instead.

    Its one hook is ``_convert_to_karras(in_sigmas, num_inference_steps)``: a row from the largest to the smallest.
    """
    if schedule == EXPONENTIAL:
        scheduler._convert_to_karras = _exponential
    elif schedule == BETA:
        scheduler._convert_to_karras = _beta


def integrate_without_scipy(scheduler):
    """Give LMS its coefficients by Gauss-Legendre quadrature: exact, as the integrand is a polynomial of degree 3."""
    nodes, weights = np.polynomial.legendre.leggauss(4)

    def coefficient(order, t, current_order):
        sigmas = np.asarray(scheduler.sigmas, dtype=np.float64)
        start, end = sigmas[t], sigmas[t + 1]
        tau = (end - start) / 2 * nodes + (end + start) / 2
        product = np.ones_like(tau)
        for k in range(order):
            if k != current_order:
                product *= (tau - sigmas[t - k]) / (sigmas[t - current_order] - sigmas[t - k])
        return float((end - start) / 2 * (weights * product).sum())

    scheduler.get_lms_coefficient = coefficient


def _exponential(in_sigmas, num_inference_steps=None, **_):
    largest, smallest, count = _ends(in_sigmas, num_inference_steps)
    return np.exp(np.linspace(np.log(largest), np.log(smallest), count))


def _beta(in_sigmas, num_inference_steps=None, **_):
    # Over the timesteps, as A1111 and ComfyUI do it; over the sigmas the last steps would fall together.
    sigmas = np.asarray(in_sigmas, dtype=np.float64)
    _, _, count = _ends(sigmas, num_inference_steps)
    places = _beta_quantile(np.linspace(0, 1, count)) * (len(sigmas) - 1)
    return np.interp(places, np.arange(len(sigmas)), sigmas)


def _ends(in_sigmas, count):
    sigmas = np.asarray(in_sigmas, dtype=np.float64)
    return sigmas.max(), max(sigmas.min(), 1e-5), len(sigmas) if count is None else int(count)


def _beta_quantile(p, shape=0.6):
    """The inverse of the symmetric beta distribution, by integrating over sin²θ, where it has no poles."""
    theta = np.linspace(0, np.pi / 2, 20_001)
    density = (np.sin(theta) * np.cos(theta)) ** (2 * shape - 1)
    cumulative = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.sin(np.interp(p, cumulative / cumulative[-1], theta)) ** 2
