"""The forms in which a DIP is handed out."""

from enum import StrEnum


class DipForm(StrEnum):
    """A BagIt bag (RFC 8493) or an E-ARK DIP (CSIP)."""

    BAG = "bag"
    EARK = "eark"
