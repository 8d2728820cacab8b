"""Facts on sound and film, by MediaInfo: what streams there are and how many bits a second.

Runs in the worker of ``luutru.packaging.format_probe`` only.
"""

import math
from pathlib import Path
from typing import Any

from pymediainfo import MediaInfo

from luutru.packaging.format_facts import MediaFacts


def read_media(path: Path) -> MediaFacts:
    """The facts on a file of sound or film; the bit rate is that of its main kind of stream, or the whole's.

    Raises ImportError where the package came without MediaInfo's library.
    """
    if not MediaInfo.can_parse():
        raise ImportError("the library of MediaInfo is not there")
    try:
        found = MediaInfo.parse(path)
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever a broken file makes the library raise)
        return MediaFacts(problem=" ".join(str(error).replace(str(path), path.name).split())[:200])
    video, audio = list(found.video_tracks), list(found.audio_tracks)
    if not video and not audio:
        return MediaFacts(problem="no sound or picture inside")
    general = list(found.general_tracks)
    main = video or audio
    rates = [_number(track, "bit_rate") for track in main]
    if video or not any(rates):
        rates += [_number(track, "overall_bit_rate") for track in general]
    seconds = max((_number(track, "duration") for track in [*main, *general]), default=0) // 1000
    return MediaFacts("", len(video), len(audio), max(rates, default=0), seconds)


def _number(track: Any, name: str) -> int:
    try:
        value = float(str(getattr(track, name, 0) or 0).partition(" / ")[0])
    except ValueError:
        return 0
    return int(value) if math.isfinite(value) and 0 <= value < 1e15 else 0
