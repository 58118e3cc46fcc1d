"""Settings: what is refused, that all of it is told at once, and what follows from what."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from market.registrations.sealing import Keys
from market.settings import VARIABLES, Settings, SettingsRefused, manual

URL = {"DATABASE_URL": "postgresql://market_app@db/market"}


def test_serve_with_a_database_alone_has_safe_defaults() -> None:
    settings = Settings.read(URL, command="serve")

    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.data == Path(".data").resolve()
    assert settings.keys == settings.data / "keys"
    assert (settings.site_name, settings.ruleset) == ("云湖市网上中介服务超市", "model-2026")
    assert (settings.pool, settings.demo, settings.until) == ((1, 10), False, None)


@pytest.mark.parametrize("command", ["serve", "worker", "evaluate", "backup"])
def test_without_a_database_url_a_program_on_a_database_refuses(command: str) -> None:
    with pytest.raises(SettingsRefused, match="DATABASE_URL"):
        Settings.read({}, command=command)


@pytest.mark.parametrize("command", ["demo", "verify", "routes"])
def test_without_a_database_url_other_programs_start(command: str) -> None:
    assert Settings.read({}, command=command).database_url is None


def test_migrate_is_content_with_either_address() -> None:
    with pytest.raises(SettingsRefused, match="MARKET_OWNER_URL"):
        Settings.read({}, command="migrate")
    assert Settings.read(URL, command="migrate").owner_url is None
    assert Settings.read({"MARKET_OWNER_URL": "postgres://o@db/market"}, command="migrate").owner_url


def test_everything_wrong_is_told_at_once_and_a_slip_of_the_pen_too() -> None:
    environ = {"MARKET_PORTT": "1", "MARKET_PORT": "0", "MARKET_SCALE": "11", "DATABASE_URL": "mysql://u:s3cret@db"}

    with pytest.raises(SettingsRefused) as caught:
        Settings.read(environ, command="serve")

    assert [reason.split(":")[0] for reason in caught.value.reasons] == [
        "MARKET_PORTT", "DATABASE_URL", "MARKET_PORT", "MARKET_SCALE"]  # fmt: skip
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("MARKET_PORT", ["1", "65535"], ["0", "65536", "-1", "http", "８０", ""]),
        ("MARKET_SECURE_COOKIES", ["0", "1"], ["true", "yes", "", "2"]),
        ("MARKET_SCALE", ["0.01", "10", "1"], ["0.009", "10.01", "NaN", "much"]),
        ("MARKET_UNTIL", ["2026-11-30"], ["2026-13-01", "30.11.2026", ""]),
        ("MARKET_POOL", ["1-1", "2-200"], ["0-1", "5-2", "1-201", "10"]),
        ("MARKET_SESSION_IDLE_MINUTES", ["5", "1440"], ["4", "1441"]),
        ("MARKET_BASE_URL", ["https://m.example.cn", "http://m.example.cn:81/"], ["m.example.cn", "https://m/path"]),
        ("MARKET_LOG_LEVEL", ["debug", "error"], ["INFO", "loud"]),
        ("MARKET_SITE_NAME", ["市", "Lake City Market"], ["", " ", "x" * 61]),
        ("MARKET_SITE_NAME_EN", ["Lake City Market"], ["", " ", "x" * 61]),
        ("MARKET_RULESET", ["model-2026"], ["../etc", "Model"]),
        ("MARKET_HOST", ["0.0.0.0", "::1"], ["", "a b"]),
        ("MARKET_LOG_ORIGIN", ["m.example.cn/gongxuan"], ["https://m.example.cn", ""]),
        ("MARKET_DATA", ["/srv/market"], [""]),
    ],
)
def test_each_variable_at_and_beyond_its_limits(name: str, accepted: list[str], refused: list[str]) -> None:
    for text in accepted:
        Settings.read(URL | {name: text}, command="serve")
    for text in refused:
        with pytest.raises(SettingsRefused, match=name):
            Settings.read(URL | {name: text}, command="serve")


def test_port_is_another_name_and_may_not_contradict() -> None:
    assert Settings.read(URL | {"PORT": "81"}, command="serve").port == 81
    assert Settings.read(URL | {"PORT": "81", "MARKET_PORT": "81"}, command="serve").port == 81
    with pytest.raises(SettingsRefused, match="PORT: differs"):
        Settings.read(URL | {"PORT": "81", "MARKET_PORT": "82"}, command="serve")


def test_what_follows_from_the_base_url() -> None:
    public = Settings.read(URL | {"MARKET_BASE_URL": "https://m.example.cn"}, command="serve")

    assert public.secure_cookies
    assert public.log_origin == "m.example.cn/gongxuan"
    assert not Settings.read({}, command="demo").secure_cookies
    with pytest.raises(SettingsRefused, match="never sends"):
        Settings.read({"MARKET_BASE_URL": "http://m", "MARKET_SECURE_COOKIES": "1"}, command="demo")


def test_a_password_in_an_address_is_not_in_what_is_printed() -> None:
    settings = Settings.read({"DATABASE_URL": "postgresql://a:s3cret@db/market"}, command="serve")

    assert settings.database_url
    assert "s3cret" not in repr(settings)


def test_until_and_scale_are_exact() -> None:
    settings = Settings.read({"MARKET_UNTIL": "2026-11-30", "MARKET_SCALE": "0.1"}, command="demo")

    assert (settings.until, settings.scale) == (date(2026, 11, 30), Decimal("0.1"))


def test_every_field_has_its_variable_and_every_public_variable_is_in_the_manual() -> None:
    assert {each.field for each in VARIABLES} == {each.name for each in fields(Settings)} - {"command"}
    for variable in VARIABLES:
        assert (f"`{variable.name}`" in manual()) is not variable.internal


@pytest.mark.parametrize("text", ["nonsense", "AB" * 32, "ab" * 31, "00" * 32, "01" + "00" * 31])
def test_a_key_that_would_keep_no_quote_secret_is_refused(text: str) -> None:
    with pytest.raises(SettingsRefused, match="MARKET_QUOTE_KEY"):
        Settings.read({"MARKET_QUOTE_KEY": text}, command="routes")


def test_the_public_key_of_quotes_is_the_one_set_or_else_the_one_beside_the_private_keys(tmp_path: Path) -> None:
    folder = {"MARKET_KEYS": str(tmp_path)}
    assert Settings.read(folder, command="routes").quote_public() is None
    public = Keys(tmp_path).create()
    assert Settings.read(folder, command="routes").quote_public() == public
    (tmp_path / "quotes.pub").write_text("nonsense")
    assert Settings.read(folder, command="routes").quote_public() is None
    assert Settings.read({**folder, "MARKET_QUOTE_KEY": public}, command="routes").quote_public() == public
