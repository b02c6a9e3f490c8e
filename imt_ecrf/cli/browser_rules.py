"""Runs rules through the browser's evaluator with node; knows nothing of what they say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import click

import imt_ecrf

MODULES: Final = Path(imt_ecrf.__file__).parent / "static" / "rules"
"""The ES modules that pages load."""
_RUNNER: Final = Path(__file__).with_name("run_rules.mjs")


def run_jobs(
    jobs: list[dict[str, Any]], modules: Path = MODULES, contexts: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Give what comes of each job, {rule, context, ...} or {steps, checks, context}, in one process.

    The context of a job may be its place in `contexts`, which many jobs share.
    """
    node = shutil.which("node")
    if node is None:
        raise click.ClickException(
            "The program node is needed to run the browser's evaluator; install nodejs."
        )
    done = subprocess.run(  # noqa: S603 - our own script, data on stdin
        [node, str(_RUNNER), str(modules)],
        input=json.dumps({"jobs": jobs, "contexts": contexts or []}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"The browser's evaluator broke down: {done.stderr.strip()}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
