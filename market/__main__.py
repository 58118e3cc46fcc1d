"""
The command line: ``python -m market COMMAND``; every command loads only what it needs.

Whatever a user can get wrong ends with one clear message on stderr and an exit
code other than 0, never with a traceback.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from market.settings import Settings, SettingsRefused, manual

Arguments = argparse.Namespace


class Refused(RuntimeError):
    """Say what a command needs and has not got."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its line of help, its arguments, and what it does; it returns the exit code."""

    help: str
    run: Callable[[Arguments, Settings], int]
    arguments: Callable[[argparse.ArgumentParser], None] | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv[:1] == ["verify"]:  # its own program, that outsiders may also run alone: no settings, no database
        from market.selection import verifier

        return verifier.main(argv[1:])
    given = _parser().parse_args(argv)
    try:
        settings = Settings.read(_environ(given), command=given.command)
        return COMMANDS[given.command].run(given, settings)
    except KeyboardInterrupt:
        return 130
    except _told() as failure:  # asked only when something was raised: a quick command imports none of it
        print(f"market {given.command}: {failure}", file=sys.stderr)
        return 1


def _told() -> tuple[type[Exception], ...]:
    """Return the failures whose words are meant for the user."""
    import asyncpg

    from market.demo import SampleCityRefused
    from market.ledger.signer import SignerUnusable
    from market.localdb import LocalPostgresRefused
    from market.migrate import MigrationRefused
    from market.supervisor import PortBusy

    ours = (Refused, SettingsRefused, LocalPostgresRefused, MigrationRefused, PortBusy, SignerUnusable)
    return (*ours, SampleCityRefused, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _environ(given: Arguments) -> Mapping[str, str]:
    """Return the environment with what was said on the command line in it."""
    environ = dict(os.environ)
    for name in ("until", "scale", "port"):
        said = getattr(given, name, None)
        if said is not None:
            environ[f"MARKET_{name.upper()}"] = said
            if name == "port":
                environ.pop("PORT", None)
    return environ


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m market",
        description="公选: an open intermediary-service market (网上中介服务超市).",
        epilog="Settings are environment variables:\n\n" + manual(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help)
        if command.arguments is not None:
            command.arguments(sub)
    commands.add_parser("verify", help="check a draw offline: draw.json or draw.zip", add_help=False)
    return parser


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        raise Refused("DATABASE_URL: this command needs one; only `demo` brings a database of its own")
    return settings.database_url


def _begin(settings: Settings) -> None:
    """Send the log to stderr, and end with the supervisor that started this process, if one did."""
    from market import logs
    from market.supervisor import watch_parent

    logs.configure(settings.log_level)
    watch_parent()


def _serve(given: Arguments, settings: Settings) -> int:
    import uvicorn

    from market.app import create_app
    from market.kernel import rulesets

    url = _url(settings)
    if rulesets.get(settings.ruleset).practice and not settings.demo:
        raise Refused(f"MARKET_RULESET: {settings.ruleset} is for practice; a public market needs other rules")
    _begin(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise Refused(f"the web server did not start; the log above says why (database {_without_password(url)})")
    return 0


def _worker(given: Arguments, settings: Settings) -> int:
    from market.worker import work

    url = _url(settings)
    _begin(settings)
    asyncio.run(work(url, keys=settings.keys, origin=settings.log_origin, first=_past(settings)))
    return 0


def _past(settings: Settings) -> Callable[[], Awaitable[None]] | None:
    """Return what makes up the past of the sample city, which only a demo has."""
    if not settings.demo:
        return None
    from market.demo.history import make_up

    return partial(make_up, settings.until)


def _keeper(given: Arguments, settings: Settings) -> int:
    from market.keeper import keep

    url = _url(settings)
    _begin(settings)
    asyncio.run(keep(url, name=given.name, keys=settings.keys))
    return 0


def _live(given: Arguments, settings: Settings) -> int:
    from market.demo.live import keep_open

    if not settings.demo:
        raise Refused("live notices are started by `demo` alone")
    url = _url(settings)
    _begin(settings)
    asyncio.run(keep_open(url, seed=given.seed, quote_key=settings.quote_public()))
    return 0


def _city(given: Arguments, settings: Settings) -> int:
    from market.founding import found

    if not settings.demo:
        raise Refused("the sample city is made by `demo` alone")
    _begin(settings)
    asyncio.run(found(settings.owner_url or _url(settings), settings, given.seed))
    return 0


def _migrate(given: Arguments, settings: Settings) -> int:
    from market import logs
    from market.commands import bring_up_to_date

    logs.configure(settings.log_level)
    url = settings.owner_url or _url(settings)
    for line in asyncio.run(bring_up_to_date(url, catalogue=given.seed)):
        print(line)
    if given.init_keys:
        from market.ledger.signer import Signer
        from market.registrations.sealing import Keys

        signer = Signer.create(settings.keys, settings.log_origin)
        print(f"the log's public key, to be published elsewhere too: {signer.vkey}")
        print(f"the public key quotes are sealed with (MARKET_QUOTE_KEY): {Keys(settings.keys).create()}")
    return 0


def _organisation(given: Arguments, settings: Settings) -> int:
    from market import logs
    from market.accounts.organisations import NewOrganisation
    from market.commands import add_organisation

    logs.configure(settings.log_level)
    asked = NewOrganisation(
        given.kind, given.uscc, given.name, given.division, tuple(given.trade), given.login, given.person
    )
    password, reasons = asyncio.run(add_organisation(settings.owner_url or _url(settings), asked))
    if reasons:
        raise Refused("nothing was added\n" + "\n".join(f"  {reason}" for reason in reasons))
    print(f"{given.login} signs in once with this password, and then sets another: {password}")
    return 0


def _password(given: Arguments, settings: Settings) -> int:
    from market import logs
    from market.commands import give_password

    logs.configure(settings.log_level)
    password, reasons = asyncio.run(give_password(settings.owner_url or _url(settings), given.login))
    if reasons:
        raise Refused(reasons[0])
    print(f"{given.login} signs in once with this password, and then sets another: {password}")
    return 0


def _demo(given: Arguments, settings: Settings) -> int:
    from market import logs
    from market.starting import start

    logs.configure("warning")
    return start(settings, seed=given.seed, environ=_environ(given))


def _monitor(given: Arguments, settings: Settings) -> int:
    from market.commands import watch_log
    from market.ledger.monitor import LogForked
    from market.ledger.note import NoteRefused

    try:
        print(asyncio.run(watch_log(given.url, given.policy, given.kept)))
    except (LogForked, NoteRefused, ValueError) as failure:
        raise Refused(str(failure)) from failure
    return 0


def _export(given: Arguments, settings: Settings) -> int:
    from market.commands import export_lists

    for path in asyncio.run(export_lists(settings, given.folder)):
        print(path)
    return 0


def _routes(given: Arguments, settings: Settings) -> int:
    from market.commands import route_table

    print(route_table(), end="")
    return 0


def _settings(given: Arguments, settings: Settings) -> int:
    from market.commands import settings_page

    given.file.write_text(settings_page(), encoding="utf-8")
    print(given.file)
    return 0


def _diagrams(given: Arguments, settings: Settings) -> int:
    from market.commands import lifecycles

    given.file.write_text(lifecycles(), encoding="utf-8")
    print(given.file)
    return 0


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return f"{parts.hostname or 'over a socket'}{parts.path}"


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", metavar="DATE", help="day before which the city's history ends; today unless given")
    parser.add_argument("--scale", metavar="N", help="size of the city, 0.01 to 10; 1 is a city of 1,200 agencies")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="which city; the same seed, the same city")
    parser.add_argument("--port", metavar="N", help="port to listen on; 8000 unless given")


def _migrate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", action="store_true", help="also publish the catalogue's seed items that are missing")
    parser.add_argument(
        "--init-keys",
        action="store_true",
        help="also make the keys of the log and of sealed quotes where there are none, and print their public halves",
    )


def _organisation_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_subparsers(dest="act", required=True, metavar="add").add_parser(
        "add", help="add one that does not sign up"
    )
    add.add_argument("--kind", required=True, choices=("operator", "regulator", "authority", "auditor"))
    add.add_argument("--uscc", required=True, type=str.upper, help="unified social credit code")
    add.add_argument("--name", required=True, help="full name")
    add.add_argument(
        "--division", required=True, help="six-digit division code; a regulator watches what lies inside it"
    )
    add.add_argument(
        "--trade",
        action="append",
        default=[],
        help="trade; again for another one of a regulator, which watches all without",
    )
    add.add_argument(
        "--login", required=True, type=str.lower, help="electronic mail of the first person, to sign in with"
    )
    add.add_argument("--person", required=True, help="name of the first person")


def _password_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("login", metavar="LOGIN", type=str.lower, help="electronic mail the person signs in with")


def _keeper_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=("operator", "owner", "witness", "beacon"), help="whose secret, or the beacon")


def _city_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="which city; the same seed, the same city")


def _live_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="who comes to the live notices")


def _monitor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="address of the market, like https://market.example.cn")
    parser.add_argument("--policy", metavar="FILE", type=Path, required=True, help="file with the line `log <vkey>`")
    parser.add_argument("--kept", metavar="FILE", type=Path, required=True, help="file that holds the last checkpoint")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder for one CSV file of each public list")


def _settings_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=Path("docs/settings.md"))


def _diagrams_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=Path("docs/lifecycles.md"))


COMMANDS: Final[Mapping[str, Command]] = {
    "serve": Command("answer the web: pages and API", _serve),
    "worker": Command("do what the clock makes due; any number of workers may run", _worker),
    "keeper": Command("keep one practice secret, or make the practice beacon", _keeper, _keeper_arguments),
    "migrate": Command("bring the database to this version, with holidays and limits", _migrate, _migrate_arguments),
    "organisation": Command("add an operator, regulator, authority or auditor", _organisation, _organisation_arguments),
    "password": Command("give somebody who lost it a password to begin with", _password, _password_arguments),
    "demo": Command("run the whole market with a fictional city", _demo, _demo_arguments),
    "city": Command("make the sample city in an empty market; started by demo", _city, _city_arguments),
    "live": Command("keep live notices open; started by demo", _live, _live_arguments),
    "monitor": Command("check that the log continues what it signed before", _monitor, _monitor_arguments),
    "export": Command("write every public list as CSV into a folder", _export, _export_arguments),
    "routes": Command("print every route with who may use it", _routes),
    "settings": Command("write the table of all settings", _settings, _settings_arguments),
    "diagrams": Command("write the lifecycles as diagrams", _diagrams, _diagrams_arguments),
}

if __name__ == "__main__":
    sys.exit(main())
