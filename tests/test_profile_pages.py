"""The pages of profiles are those that the data make; that of BagIt Profiles names every rule and key."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from luutru.metadata_profiles.bagit_profile import KEYS
from luutru.metadata_profiles.rules import catalogue

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_pages_of_profiles_are_made_from_the_profiles() -> None:
    spec = spec_from_file_location("make_profiles", DOCS / "make_profiles.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, str] = module.pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "profiles").iterdir()}
    assert kept == made, "run «python docs/make_profiles.py»"
    drafts = [text for name, text in made.items() if "**draft**" in text and name != "README.md"]
    assert drafts and all("Dự thảo" in text for text in drafts)


def test_the_page_of_bagit_profiles_names_every_rule_and_key() -> None:
    page = (DOCS / "conformance" / "bagit-profiles.md").read_text(encoding="utf-8")
    rules = [name for name in catalogue() if name.startswith("BP-")]
    assert len(rules) > 30
    assert [name for name in rules if f"`{name}`" not in page] == []
    assert [key for key in KEYS if f"`{key}`" not in page] == []
