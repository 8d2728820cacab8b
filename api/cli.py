"""The command line ``luutru``: one file a command below ``commands``, gathered here."""

import typer

from luutru.api.commands.administration import init, serve, token
from luutru.api.commands.audit import audit
from luutru.api.commands.demo import demo
from luutru.api.commands.disseminate import disseminate
from luutru.api.commands.holdings import list_holdings, show
from luutru.api.commands.ingest import ingest
from luutru.api.commands.rebuild import rebuild
from luutru.api.commands.repair import repair
from luutru.api.commands.validate import validate
from luutru.api.commands.verify import verify

app = typer.Typer(
    name="luutru",
    help="Luutru (lưu trữ): a digital preservation repository. Packages in, checked copies kept, proof out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, command in (
    ("demo", demo),
    ("init", init),
    ("validate", validate),
    ("ingest", ingest),
    ("list", list_holdings),
    ("show", show),
    ("audit", audit),
    ("repair", repair),
    ("disseminate", disseminate),
    ("rebuild", rebuild),
    ("verify", verify),
    ("token", token),
    ("serve", serve),
):
    app.command(name)(command)


def main() -> None:
    """Run the command line."""
    app()
