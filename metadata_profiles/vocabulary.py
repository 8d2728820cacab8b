"""Vocabularies of the E-ARK specifications, as far as a rule rests on them."""

PACKAGE_TYPES = ("SIP", "AIP", "DIP", "AIU", "AIC")
"""CSIP9: OAIS package types."""

AGENT_ROLES = (
    "CREATOR",
    "EDITOR",
    "ARCHIVIST",
    "PRESERVATION",
    "DISSEMINATOR",
    "CUSTODIAN",
    "IPOWNER",
    "OTHER",
)
"""The roles that METS knows of an agent."""

STATUSES = ("CURRENT", "SUPERSEDED")
"""CSIP20, CSIP34, CSIP47: status of metadata."""

CONTENT_CATEGORIES = (
    "Textual works – Print",
    "Textual works – Digital",
    "Textual works – Electronic Serials",
    "Digital Musical Composition (score-based representations)",
    "Photographs – Print",
    "Photographs – Digital",
    "Other Graphic Images – Print",
    "Other Graphic Images – Digital",
    "Microforms",
    "Audio – On Tangible Medium (digital or analog)",
    "Audio – Media-independent (digital)",
    "Motion Pictures – Digital and Physical Media",
    "Video – File-based and Physical Media",
    "Software",
    "Datasets",
    "Geospatial Data",
    "Databases",
    "Websites",
    "Collection",
    "Event",
    "Interactive resource",
    "Physical object",
    "Service",
    "Mixed",
    "Other",
)
"""CSIP2: content categories of METS ``@TYPE``."""


def is_content_category(value: str) -> bool:
    """Whether a value is a content category, whatever its letter case and kind of dash."""
    return _plain(value) in _PLAIN_CATEGORIES


def _plain(value: str) -> str:
    return value.replace("–", "-").casefold()


_PLAIN_CATEGORIES = frozenset(map(_plain, CONTENT_CATEGORIES))

RECORD_STATUSES = ("NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "VERSION", "DELETE", "OTHER")
"""SIP3: status of a package."""
