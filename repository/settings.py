"""Settings of one archive: ``luutru.toml`` in its home, overridden by ``LUUTRU_*`` variables."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

FILE_NAME = "luutru.toml"
S3_URL = "s3://"

FIRST_SETTINGS = """\
# Settings of this archive. Each can be overridden by an environment variable LUUTRU_<NAME>.
archive_name = "Luutru"

# Storage locations: each AIP has a copy in every one. Put them on independent media
# (Circular 05/2025/TT-BNV, article 27). Relative paths lie below this folder.
[[locations]]
name = "local-1"
path = "storage/local-1"

[[locations]]
name = "local-2"
path = "storage/local-2"
"""


class LocationSettings(BaseModel):
    """One storage location: a name for people and events, and the folder or bucket that holds it.

    Keys to a bucket never stand here, only the names of the variables that hold them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    path: Path | None = None
    url: str = Field(default="", pattern=rf"^({S3_URL}[^/]+(/.*)?)?$")
    endpoint: str = ""
    region: str = ""
    profile: str = ""
    key_variable: str = ""
    secret_variable: str = ""
    audit: Literal["read", "attested"] = "read"
    medium: str = "disk"

    @model_validator(mode="after")
    def _folder_or_bucket(self) -> Self:
        if (self.path is None) == (not self.url):
            raise ValueError("a location has a path or a url, not both")
        of_buckets = (self.endpoint, self.region, self.profile, self.key_variable, self.secret_variable)
        if self.path is not None and (any(of_buckets) or self.audit != "read"):
            raise ValueError("a folder has no endpoint, region, profile or keys, and is always read")
        if bool(self.key_variable) != bool(self.secret_variable):
            raise ValueError("key_variable and secret_variable go together")
        return self


class Settings(BaseSettings):
    """Everything that may be set; units are in the names."""

    model_config = SettingsConfigDict(env_prefix="LUUTRU_", frozen=True, extra="ignore")

    home: Path
    archive_name: str = "Luutru"
    language: Literal["vi", "en"] | None = None
    database_url: str = ""
    locations: tuple[LocationSettings, ...] = (
        LocationSettings(name="local-1", path=Path("storage/local-1")),
        LocationSettings(name="local-2", path=Path("storage/local-2")),
    )
    shared: Path = Path()
    identify_formats: bool = True
    upload_keep_days: float = Field(default=30, ge=0)
    limit_entries: int = Field(default=1_000_000, gt=0)
    limit_bytes: int = Field(default=1 << 40, gt=0)
    limit_ratio: float = Field(default=1000, gt=0)
    reserve_bytes: int = Field(default=64 << 20, ge=0)
    limit_queue: int = Field(default=10_000, ge=1)
    worker_dead_after_seconds: float = Field(default=60, gt=0)
    concurrency_ingest: int = Field(default=2, ge=1)
    concurrency_audit: int = Field(default=1, ge=1)
    concurrency_repair: int = Field(default=1, ge=1)
    concurrency_dissemination: int = Field(default=2, ge=1)

    @field_validator("locations")
    @classmethod
    def _names_differ(cls, locations: tuple[LocationSettings, ...]) -> tuple[LocationSettings, ...]:
        names = [location.name for location in locations]
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError("at least two locations with different names are needed")
        return locations

    @property
    def database(self) -> str:
        """The catalogue's SQLAlchemy URL; a SQLite file in the home unless set."""
        return self.database_url or f"sqlite:///{self.home / 'catalogue.db'}"

    @property
    def shared_folder(self) -> Path:
        """The folder that all machines of the archive see: keys, uploads, receipts, disseminations."""
        return self.home / self.shared

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then ``luutru.toml`` of the home given."""
        home = init_settings().get("home")
        if home is None:
            return init_settings, env_settings
        file = TomlConfigSettingsSource(settings_cls, Path(home) / FILE_NAME)
        return init_settings, env_settings, file


def default_home() -> Path:
    """``LUUTRU_HOME``, or ``./luutru-home``."""
    return Path(os.environ.get("LUUTRU_HOME") or "luutru-home").absolute()


def load_settings(home: Path | None = None) -> Settings:
    """The settings of a home.  Raises pydantic.ValidationError for values that do not fit."""
    return Settings(home=(home or default_home()).absolute())
