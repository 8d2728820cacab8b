"""The REST service under ``/api/v1``: OpenAPI at ``/api/v1/openapi.json``."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from luutru.api import problems
from luutru.api.auth import TheArchive
from luutru.api.routes import agencies, audits, deposits, disseminations, jobs, objects, profiles, repairs
from luutru.packaging.ocfl.storage import StorageError
from luutru.repository.archive import Archive
from luutru.repository.job_kinds import job_kinds
from luutru.repository.jobs import Jobs
from luutru.repository.recovery import recover

PREFIX = "/api/v1"


def make_app(archive: Archive, *, works: bool = True) -> FastAPI:
    """The application for one archive; if it ``works``, jobs run here between start-up and shut-down."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        recover(archive)
        engine = Jobs(archive, job_kinds(archive.settings))
        app.state.jobs = engine
        # In threads: the engine has no calls for an event loop that runs.
        await to_thread(engine.open, works=works)
        yield
        await to_thread(engine.close)

    app = FastAPI(
        title="Luutru",
        version=version("luutru"),
        summary="Digital preservation repository: deposits in, checked copies, disseminations out.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.archive = archive
    routes = APIRouter(prefix=PREFIX)
    for part in (deposits, objects, audits, repairs, disseminations, jobs, agencies, profiles):
        routes.include_router(part.router)
    app.include_router(routes)
    app.add_api_route("/health", health, tags=["health"])
    problems.install(app)
    return app


def health(archive: TheArchive) -> dict[str, object]:
    """Whether the service and each storage location are there."""
    locations = {}
    for storage in archive.locations:
        try:
            storage.available()
            locations[storage.name] = "ok"
        except StorageError as error:
            locations[storage.name] = str(error)
    good = all(state == "ok" for state in locations.values())
    return {"status": "ok" if good else "degraded", "locations": locations}
