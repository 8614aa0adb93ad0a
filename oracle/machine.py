"""What a measurement ran on, and whether anything else ran there."""

import os
import platform
import time
from pathlib import Path


def _first(path: str, key: str) -> str | None:
    """The value of the first line `key : value` of a file, where there is such a file."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((value.strip() for k, _, value in (line.partition(":") for line in lines) if k.strip() == key), None)


def cores() -> int:
    """Cores that this process, and so those that it starts, may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe() -> str:
    """Processor, cores, memory and system in one line."""
    cpu = _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    family, number = _first("/proc/cpuinfo", "cpu family"), _first("/proc/cpuinfo", "model")
    detail = f" (family {family}, model {number})" if family else ""
    flags = (_first("/proc/cpuinfo", "flags") or "").split()
    vectors = next((f", {text}" for flag, text in [("avx512f", "AVX-512"), ("avx2", "AVX2")] if flag in flags), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}{detail}{vectors}, {cores()} cores, {memory:.1f} GiB, {platform.system()} {platform.machine()}"


def _ticks() -> tuple[int, int] | None:
    """Busy and all processor time since the start, in ticks; time that the host took away counts as busy."""
    try:
        numbers = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return None
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


def busy(seconds: float = 1.0) -> float | None:
    """The share of all processor time that others use while this process sleeps; None where the system does not say."""
    before = _ticks()
    time.sleep(seconds)
    after = _ticks()
    if before is None or after is None or after[1] == before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])
