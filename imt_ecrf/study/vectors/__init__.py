"""Runs files of worked vectors against a published version; knows their format, no screen and no database."""

from imt_ecrf.study.vectors.run import Counts, Wrong, run

__all__ = ["Counts", "Wrong", "run"]
