"""Facts on an image, by Pillow: whether it can be shown, its resolution, its depth.

Runs in the worker of ``luutru.packaging.format_probe`` only.
"""

import warnings
from pathlib import Path

from PIL import Image

from luutru.packaging.format_facts import ImageFacts

_FORMATS = ("JPEG", "PNG", "TIFF", "GIF")
_BITS = {"1": 1, "L": 8, "P": 8, "LA": 8, "PA": 8, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 16, "F": 32}


def read_image(path: Path, *, pages: int, pixels: int) -> ImageFacts:
    """The facts on an image, at most ``pages`` of its pages decoded, none above ``pixels``."""
    Image.MAX_IMAGE_PIXELS = None  # counted here, so that the size can be told
    warnings.simplefilter("ignore")
    try:
        with Image.open(path, formats=_FORMATS) as image:
            return _facts(image, pages, pixels)
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever a broken file makes the library raise)
        return ImageFacts(problem=" ".join(str(error).replace(str(path), path.name).split())[:200])


def _facts(image: Image.Image, most: int, pixels: int) -> ImageFacts:
    frames = getattr(image, "n_frames", 1)
    found: ImageFacts | None = None
    looked = min(frames, most)
    for number in range(looked):
        if number:
            image.seek(number)
        width, height = image.size
        size = width * height
        dpi, bits = _resolution(image), _bits(image)
        if size > pixels:
            return ImageFacts(
                too_large=size, kind=str(image.format), frames=frames, width=width, height=height
            )
        image.load()
        if found is None or (dpi, bits) < (found.dpi, found.bits):
            found = ImageFacts("", 0, str(image.format), frames, looked, width, height, dpi, bits)
    return found or ImageFacts(problem="no image inside")


def _resolution(image: Image.Image) -> int:
    """The lower of the two resolutions; 0 where none is stated, or no sensible one."""
    stated = image.info.get("dpi")
    try:
        low = min(float(value) for value in stated) if stated else 0.0
    except (TypeError, ValueError, ArithmeticError):
        return 0
    return round(low) if 0 < low < 1e6 else 0


def _bits(image: Image.Image) -> int:
    return _BITS.get(image.mode, 8 * len(image.getbands()))
