"""Profiles that packages can be judged by: for agencies, that they may know and use them beforehand."""

from fastapi import APIRouter, Response

from luutru.api.auth import TheArchive, TheCaller
from luutru.api.schemas import Page, ProfileOut
from luutru.metadata_profiles.profile_registry import list_profiles
from luutru.repository.profiles import named_profile, profile_folders

router = APIRouter(prefix="/profiles", tags=["profiles"])


@router.get("")
def listing(archive: TheArchive, caller: TheCaller) -> Page[ProfileOut]:
    """All profiles by id, the archive's own among them."""
    found = list_profiles(folders=profile_folders(archive))
    return Page(items=[ProfileOut.model_validate(item, from_attributes=True) for item in found])


@router.get("/{profile_id}", response_class=Response)
def one(archive: TheArchive, caller: TheCaller, profile_id: str) -> Response:
    """The profile's file as it judges: JSON for a BagIt profile, else TOML."""
    profile = named_profile(archive, profile_id)
    media_type = "application/json" if profile.kind == "bagit" else "application/toml"
    return Response(profile.path.read_bytes(), media_type=media_type)
