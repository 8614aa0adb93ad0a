"""The reference itself: JAX's gradient of a net is the derivative of that net's loss."""

import numpy as np
import pytest

import batches
import lmx
import reference

STEP = 1e-6


@pytest.mark.parametrize("name", lmx.NETS)
def test_gradient_against_central_differences(name: str) -> None:
    net, rng = reference.net(name), np.random.default_rng(4)
    params = reference.random_params(net, rng, biases=True)
    image, label = batches.batch(net, params, rng, 4)
    grad = reference.compiled(name, "grad")
    exact, *rest = reference.cast((params, image, label, 0.1), np.float64)
    gradient = grad(exact, *rest)[2]
    for _ in range(3):
        direction = {k: rng.normal(size=p.shape) / p.size**0.5 for k, p in exact.items()}
        ahead, behind = (float(grad({k: p + sign * STEP * direction[k] for k, p in exact.items()}, *rest)[0]) for sign in (1, -1))
        slope = sum(float(np.vdot(gradient[k], d)) for k, d in direction.items())
        assert (ahead - behind) / (2 * STEP) == pytest.approx(slope, rel=1e-5, abs=1e-8)
