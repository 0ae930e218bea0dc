"""Rates of small groups, pulled towards the mean of all (Gamma–Poisson). Pure."""

import math


def shrunk_rate(events: float, exposure: float, *, mean: float, prior: float) -> float:
    """Return the rate of a group that was looked at `exposure` times, as if `prior` more times had shown the mean.

    The posterior mean of a Poisson rate under Gamma(prior · mean, prior): few looks say little, many speak for
    themselves.
    """
    return (events + prior * mean) / (exposure + prior)


def doublings(rate: float, mean: float) -> float:
    """Return how often the mean has to be doubled to give the rate: 0 at the mean, −1 at half of it."""
    return math.log2(rate / mean) if rate > 0 and mean > 0 else 0.0
