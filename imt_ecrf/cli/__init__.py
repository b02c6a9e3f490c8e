"""The command line's table of contents: which command lives in which module; knows not what they do."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from imt_ecrf import __version__
from imt_ecrf.config import SettingsProblem
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.rooms import RoomIsMissing

# command -> the module here that holds it under the same name; a command is offered once its module is there
COMMANDS = {
    "demo": "demo",
    "init": "init",
    "upgrade": "upgrade",
    "serve": "serve",
    "user": "user",
    "site": "site",
    "ranges": "ranges",
    "growth": "growth",
    "subject": "subject",
    "study": "study",
    "casebook": "casebook",
    "blank": "blank",
    "countersign": "countersign",
    "verify-copy": "verify_copy",
    "certificate": "certificate",
    "export": "export",
    "nightly": "nightly",
    "digest": "digest",
    "audit": "audit",
    "backup": "backup",
    "restore": "backup",
    "bench": "bench",
    "doctor": "doctor",
    "test": "gate",
}

# said to the user in one sentence; everything else that is raised is a defect and keeps its traceback
_SAID = (Refused, SettingsProblem, RoomIsMissing)


class Contents(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands whose module is there, in the order of the table."""
        there = {module.name for module in pkgutil.iter_modules(__path__)}
        return [name for name, module in COMMANDS.items() if module in there]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command and return the command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name} is not a command")
        return command


@click.group(cls=Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="imt-ecrf")
def contents() -> None:
    """Electronic case report forms for hospitals."""


def main(args: Sequence[str] | None = None, prog_name: str = "imt-ecrf") -> NoReturn:
    """Run one command and exit: 0 done, 1 refused or failed (one sentence on stderr), 2 wrong usage."""
    try:
        contents.main(args=args, prog_name=prog_name)
    except _SAID as problem:
        click.echo(_sentence(problem), err=True)
        sys.exit(1)
    sys.exit(0)


def _sentence(problem: Exception) -> str:
    return problem.text() if isinstance(problem, Refused) else str(problem)
