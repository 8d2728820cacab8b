"""The command line ``luutru``: one file a command below ``commands``, gathered here."""

import gc
import sys
from collections.abc import Iterable
from importlib import import_module

import typer

COMMANDS = {
    "demo": "demo:demo",
    "init": "administration:init",
    "migrate": "administration:migrate",
    "validate": "validate:validate",
    "ingest": "ingest:ingest",
    "list": "holdings:list_holdings",
    "show": "holdings:show",
    "profiles": "profiles:profiles",
    "agency": "agency:agency",
    "audit": "audit:audit",
    "repair": "repair:repair",
    "disseminate": "disseminate:disseminate",
    "rebuild": "rebuild:rebuild",
    "doctor": "doctor:doctor",
    "verify": "verify:verify",
    "token": "administration:token",
    "serve": "administration:serve",
    "worker": "worker:worker",
    "jobs": "jobs:jobs",
}
"""Each command's name, and the module below ``commands`` and the function that do it."""


def make_cli(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with some of its commands, or with all."""
    app = typer.Typer(
        name="luutru",
        help="Luutru (lưu trữ): a digital preservation repository. Packages in, checked copies kept, proof out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)  # so that a single command keeps its name
    for name in names:
        module, _, function = COMMANDS[name].partition(":")
        app.command(name)(getattr(import_module(f"luutru.api.commands.{module}"), function))
    return app


def main() -> None:
    """Run the command line; only the command that is asked for is loaded."""
    # Names and digests by the hundred thousand, without cycles: looking through them again and
    # again for garbage takes a tenth of the time of an audit.
    gc.set_threshold(200_000, 100, 100)
    asked = sys.argv[1:2]
    make_cli(asked if asked and asked[0] in COMMANDS else COMMANDS)()
