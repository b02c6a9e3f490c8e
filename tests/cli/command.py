"""The command line as a person uses it in these tests."""

from click.testing import CliRunner, Result

from imt_ecrf import cli


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command of the program; `typed` is what a person types at its questions."""
    return CliRunner().invoke(cli.contents, arguments, input=typed)
