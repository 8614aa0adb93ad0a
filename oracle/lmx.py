"""Runs a program of a certified graph with `lmx-rs run`."""

import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

CERTIFICATES = Path(__file__).resolve().parent.parent / "certificates"
NETS = ("mnist-linear", "mnist-mlp", "mnist-cnn", "digits-mlp")


class LmxError(RuntimeError):
    """lmx-rs is missing or has failed."""


def binary() -> str:
    """The lmx-rs under test."""
    path = os.environ.get("LMX_RS")
    if not path:
        raise LmxError("LMX_RS is not set: `cargo xtask test` sets it, or name a built lmx-rs (target/release/lmx-rs)")
    return path


def call(*args: str) -> str:
    """What lmx-rs prints on standard output."""
    done = subprocess.run([binary(), *args], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LmxError(f"lmx-rs {' '.join(args)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def graph(net: str) -> Path:
    """A net's graph file."""
    return CERTIFICATES / f"{net}.graph.json"


def certificate(net: str) -> Path:
    """A net's certificate."""
    return CERTIFICATES / f"{net}.cert.json"


def run(net: str, program: str, batch: int, inputs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, np.ndarray]]:
    """Outputs by role and name of a program on inputs by role and name, all float32."""
    tensors = {
        f"{role}/{name}": np.ascontiguousarray(value, np.float32) if np.ndim(value) else np.array(value, np.float32)
        for role, group in inputs.items()
        for name, value in group.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        given, results = f"{folder}/in.safetensors", f"{folder}/out.safetensors"
        save_file(tensors, given)
        files = ["--inputs", given, "--output", results]
        call("run", "--cert", str(certificate(net)), "--program", program, "--batch", str(batch), *files)
        outputs: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
        for key, value in load_file(results).items():
            role, name = key.split("/", 1)
            outputs[role][name] = value
    return dict(outputs)
