"""The synthetic trial: invented people and children, their course, and its entry by the acts of a user."""

from imt_ecrf.cli.demo.command import demo

__all__ = ["demo"]
