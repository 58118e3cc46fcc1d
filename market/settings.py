"""Settings (temporary, until the real module lands)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What the programs are told by their environment."""

    database_url: str
    site_name: str = "云湖市网上中介服务超市"
    demo: bool = False
    hotline: str = "000-0000"
    host: str = "market.example"
    log_origin: str = "market.example/log"
    pool_min: int = 1
    pool_max: int = 10
    secure_cookies: bool = False
    session_idle_minutes: int = 30
