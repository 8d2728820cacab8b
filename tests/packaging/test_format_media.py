"""Sound and film as they are: bit rates of a real MP3, WAV and AVI, and files that only say they are some."""

import io
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from luutru.packaging.format_facts import MediaFacts
from luutru.packaging.format_media import read_media


def mp3(kbits: int) -> bytes:
    """Silence: 200 frames of MPEG-1 layer III at 44.1 kHz."""
    index = {32: 1, 64: 5, 128: 9, 320: 14}[kbits]
    length = 144 * kbits * 1000 // 44100
    return (bytes([0xFF, 0xFB, index << 4, 0]) + bytes(length - 4)) * 200


def wav(rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(4 * rate))
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def avi(frames: int, size: int) -> bytes:
    """Film of 25 pictures a second, each a JPEG padded to ``size`` bytes."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240)).save(out, "JPEG")
    picture = out.getvalue().ljust(size, b"\0")
    head = struct.pack("<14I", 40_000, 0, 0, 0x10, frames, 0, 1, size, 320, 240, 0, 0, 0, 0)
    stream = struct.pack(
        "<4s4sI2H8I4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, 25, 0, frames, size, 0, 0, 0, 0, 320, 240
    )
    form = struct.pack("<3I2H4s5I", 40, 320, 240, 1, 24, b"MJPG", 320 * 240 * 3, 0, 0, 0, 0)
    streams = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", head) + streams)
    return chunk(b"RIFF", b"AVI " + header + chunk(b"LIST", b"movi" + chunk(b"00dc", picture) * frames))


FILES: dict[str, tuple[bytes, int, int, int]] = {
    "MP3, 64 kbit/s": (mp3(64), 0, 1, 64),
    "MP3, 320 kbit/s": (mp3(320), 0, 1, 320),
    "WAV, 16 kHz": (wav(16_000), 0, 1, 256),
    "film, 2 Mbit/s": (avi(50, 10_000), 1, 0, 2000),
    "film, 1 Mbit/s": (avi(50, 5_000), 1, 0, 1000),
}


@pytest.mark.parametrize("name", FILES)
def test_the_bit_rate_is_that_of_the_file(name: str, tmp_path: Path) -> None:
    data, video, audio, kbits = FILES[name]
    (tmp_path / "a").write_bytes(data)
    facts = read_media(tmp_path / "a")
    assert (facts.problem, facts.video, facts.audio) == ("", video, audio)
    assert facts.bit_rate / 1000 == pytest.approx(kbits, rel=0.02)
    assert facts.seconds > 0


@pytest.mark.parametrize("data", [b"", b"ID3", b"RIFF\0\0\0\0AVI ", bytes(5000), b"<xml/>"])
def test_what_holds_no_stream_is_a_problem(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(data)
    assert read_media(tmp_path / "a.mp3").problem


def test_a_file_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    facts = read_media(tmp_path / "a.mp3")
    assert facts.problem and str(tmp_path) not in facts.problem


@settings(max_examples=50)
@given(st.sampled_from([mp3(64), avi(3, 900)]), st.integers(0, 900), st.binary(max_size=40))
def test_any_bytes_are_answered(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, place: int, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("media") / "a"
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    facts = read_media(path)
    assert isinstance(facts, MediaFacts) and 0 <= facts.bit_rate < 1e15
