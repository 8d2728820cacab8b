"""Vocabularies of the E-ARK specifications, as far as a rule rests on them."""

import re

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

METADATA_TYPES = (
    *("MARC", "MODS", "EAD", "DC", "NISOIMG", "LC-AV", "VRA", "TEIHDR", "DDI", "FGDC", "LOM", "PREMIS"),
    *("PREMIS:OBJECT", "PREMIS:AGENT", "PREMIS:RIGHTS", "PREMIS:EVENT", "TEXTMD", "METSRIGHTS"),
    *("ISO 19115:2003 NAP", "EAC-CPF", "LIDO", "OTHER"),
)
"""CSIP25, CSIP39, CSIP52: the values of METS ``@MDTYPE``."""

CHECKSUM_TYPES = (
    *("Adler-32", "CRC32", "HAVAL", "MD5", "MNP", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "TIGER"),
    "WHIRLPOOL",
)
"""CSIP30, CSIP44, CSIP57, CSIP72: the values of METS ``@CHECKSUMTYPE``."""

_CONTENT_INFORMATION_TYPE = re.compile(
    "ERMS|SIARD1|SIARD2|SIARDDK|GeoData|GeoVectorGML|GeoRasterGeotiff|SMURFERMS|SMURFSFSB|MIXED|OTHER"
    "|cits[a-z_]+_v[0-9]+(?:[._][0-9]+)*",
    re.IGNORECASE,
)


def is_content_information_type(value: str) -> bool:
    """Whether a value is in the vocabulary of content information types (CSIP4, CSIP62), in any letter case.

    The vocabulary grows with every specification of the DILCIS Board; these are called
    ``cits<name>_v<major>_<minor>``, and one that is not known yet is taken for one.
    """
    return _CONTENT_INFORMATION_TYPE.fullmatch(value) is not None


RECORD_STATUSES = ("NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "VERSION", "DELETE", "OTHER")
"""SIP3: status of a package."""
