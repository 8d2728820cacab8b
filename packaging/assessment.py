"""What was found out about a package: its standard, and what its own descriptions say."""

from dataclasses import dataclass

from luutru.packaging.bag import Bag
from luutru.packaging.eark import EarkPackage
from luutru.packaging.recognise import Recognised


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a package is and what its own descriptions say."""

    recognised: Recognised
    bag: Bag | None
    eark: EarkPackage | None

    @property
    def title(self) -> str:
        """The producer's name for the package; empty where it gave none."""
        if self.eark and self.eark.label:
            return self.eark.label
        return self.bag.title if self.bag else ""
