"""Settings of JAX for the tests."""

import jax

# float64 is there for arrays that ask for it; float32 arrays stay float32.
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
