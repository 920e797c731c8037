"""What a tool lost of a video: a clip with all that files have, and ffprobe's account of what came out."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (1280, 720)  # as stored; turned by a quarter for showing
RATE = 25
SECONDS = 3
# Rows of patches, saturated and soft; where matrices are mixed up, the first differ by twenty levels and more.
PATCHES = (
    ("0xE02020", "0x20C040", "0x2040D0", "0xE0C020"),
    ("0xB07050", "0x5090B0", "0x808080", "0xC8A0C0"),
)
_TAGS = ("color_space", "color_transfer", "color_primaries", "color_range")
_SHOWN = ("codec_type", "codec_name", "width", "height", *_TAGS)

Array = np.ndarray[Any, Any]


def run(command: list[object]) -> bytes:
    """What it writes to stdout; ends the program with its message where it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: {command[0]}: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def make_clip(folder: Path) -> Path:
    """BT.709 tags, uneven frame times, two sounds, subtitles, chapters, a quarter turn, titles and languages."""
    words, facts, flat, clip = (folder / name for name in ("words.srt", "facts.txt", "flat.mp4", "whole.mp4"))
    words.write_text("1\n00:00:00,500 --> 00:00:01,200\nFirst\n\n2\n00:00:01,500 --> 00:00:02,500\nSecond\n")
    chapters = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"
        for start, end, title in ((0, 1200, "Opening"), (1200, 1000 * SECONDS, "The rest"))
    )
    facts.write_text(f";FFMETADATA1\ntitle=A clip\nartist=Nobody\ncomment=With everything\n{chapters}")
    width, height = SIZE[0] // len(PATCHES[0]), SIZE[1] // len(PATCHES)
    boxes = ",".join(
        f"drawbox=x={column * width}:y={row * height}:w={width}:h={height}:c={color}:t=fill"
        for row, colors in enumerate(PATCHES)
        for column, color in enumerate(colors)
    )
    # A bar that moves, so that frames differ; every third frame is missing in the second second.
    moves = "drawbox=x='mod(n*16,iw)':y=ih/2-8:w=16:h=16:c=white:t=fill".replace("n*", f"t*{RATE}*")
    uneven = "select='not(between(t,1,2)*not(mod(n,3)))'"
    matrix = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    run([
        "ffmpeg", "-v", "error", "-y", "-f", "lavfi",
        "-i", f"color=black:s={SIZE[0]}x{SIZE[1]}:r={RATE}:d={SECONDS},format=rgb24,{boxes},{moves},{uneven},{matrix}",
        "-f", "lavfi", "-i", f"sine=frequency=300:duration={SECONDS}",
        "-f", "lavfi", "-i", f"sine=frequency=500:duration={SECONDS}",
        "-i", words, "-i", facts, "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4",
        "-map_chapters", "4", "-vsync", "vfr", "-c:v", "libx264", "-crf", "12", "-bf", "3",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        "-video_track_timescale", "90000", "-c:a", "aac", "-c:s", "mov_text",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu", "-metadata:s:s:0", "language=fra", flat,
    ])  # fmt: skip
    # What ffmpeg 5 takes for a turn; later ones have -display_rotation.
    run(["ffmpeg", "-v", "error", "-y", "-i", flat, "-map", "0", "-c", "copy", "-metadata:s:v", "rotate=90", clip])
    return clip


def _probe(path: Path, *arguments: str) -> dict[str, Any]:
    found = json.loads(run(["ffprobe", "-v", "error", "-of", "json", *arguments, path]))
    assert isinstance(found, dict)
    return found


def _turned(stream: dict[str, Any]) -> bool:
    return any(abs(int(data.get("rotation", 0))) % 180 == 90 for data in stream.get("side_data_list", []))


@dataclass
class Contents:
    """What ffprobe says of a file."""

    video: dict[str, Any]
    sizes: tuple[int, int]  # as shown
    types: list[str]
    packets: dict[str, list[list[str]]]  # by type, of each stream but the drawn one
    times: list[float]  # of the frames, seconds
    chapters: list[tuple[float, str]]
    tags: dict[str, str]
    languages: list[tuple[str, str]]


def contents(path: Path) -> Contents:
    """Reads a file with ffprobe alone."""
    found = _probe(path, "-show_streams", "-show_chapters", "-show_format")
    # Not the tracks that QuickTime keeps chapters in: these are counted as chapters.
    streams = [stream for stream in found["streams"] if stream["codec_type"] != "data"]
    video = next(stream for stream in streams if stream["codec_type"] == "video")
    width, height = int(video["width"]), int(video["height"])
    packets: dict[str, list[list[str]]] = {}
    for stream in streams:
        if stream is not video:
            shown = _probe(path, "-select_streams", str(stream["index"]), "-show_packets", "-show_data_hash", "md5",
                           "-show_entries", "packet=data_hash")  # fmt: skip
            hashes = [packet["data_hash"] for packet in shown["packets"]]
            packets.setdefault(stream["codec_type"], []).append(hashes)
    frames = _probe(path, "-select_streams", "v:0", "-show_frames", "-show_entries", "frame=pts_time")["frames"]
    ignored = ("major_brand", "minor_version", "compatible_brands", "encoder")
    return Contents(
        video,
        (height, width) if _turned(video) else (width, height),
        [stream["codec_type"] for stream in streams],
        packets,
        [float(frame["pts_time"]) for frame in frames],
        [(float(chapter["start_time"]), chapter.get("tags", {}).get("title", "")) for chapter in found["chapters"]],
        {key: value for key, value in found["format"].get("tags", {}).items() if key not in ignored},
        [(s["codec_type"], s.get("tags", {}).get("language", "und")) for s in streams if s is not video],
    )


def _patch_levels(path: Path, like: Contents, found: Contents) -> Array:
    """Mean colour of the patches of the upright first frame, as a player shows it: untagged, BT.709 from 720 on."""
    tagged = found.video.get("color_space", "unknown")
    by_size = "bt709" if min(found.video["width"], found.video["height"]) >= 720 else "smpte170m"
    matrix = by_size if tagged in ("unknown", "unspecified") else tagged
    full = found.video.get("color_range") == "pc"
    width, height = found.sizes
    scale = f"scale={width}:{height}:in_color_matrix={matrix}:in_range={'pc' if full else 'tv'}:out_range=pc"
    flags = "sws_flags=accurate_rnd+full_chroma_int"
    data = run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-frames:v", "1", "-vf",
                f"{scale}:{flags},format=rgb24", "-f", "rawvideo", "-"])  # fmt: skip
    picture = np.frombuffer(data, np.uint8).reshape(height, width, 3).astype(np.float64)
    rows, columns = len(PATCHES), len(PATCHES[0])
    if like.sizes[0] < like.sizes[1]:
        rows, columns = columns, rows
    levels = np.zeros((rows, columns, 3))
    for row in range(rows):
        for column in range(columns):
            top, left = height * (4 * row + 1) // (4 * rows), width * (4 * column + 1) // (4 * columns)
            patch = picture[top : top + height // (4 * rows), left : left + width // (4 * columns)]
            levels[row, column] = patch.mean(axis=(0, 1))
    return levels


@dataclass
class Loss:
    """What came out, in words for a table."""

    streams: str
    packets: str
    frames: str
    times: str
    tags: str
    color: str
    upright: str
    chapters: str
    metadata: str


def _same_packets(source: Contents, found: Contents) -> str:
    kept = sum(hashes in found.packets.get(kind, []) for kind, streams in source.packets.items() for hashes in streams)
    return f"{kept} of {sum(map(len, source.packets.values()))}"


def _times(source: Contents, found: Contents) -> str:
    """Source frames without one of the output at their time, and the largest shift where all are there."""
    if not found.times:
        return "none"
    output = np.asarray(found.times) - found.times[0]
    wanted = np.asarray(source.times) - source.times[0]
    gaps = np.abs(wanted[:, None] - output[None, :]).min(axis=1)
    kept = int((gaps < 0.001).sum())
    worst = 1000 * float(gaps.max())
    return f"{kept} of {len(wanted)}" + (f", up to {worst:.0f} ms off" if worst >= 1.0 else "")


def loss(source_path: Path, path: Path) -> Loss:
    """Compares an undrawn copy with the clip that it was made of."""
    source, found = contents(source_path), contents(path)
    kept_tags = sum(source.video.get(tag) == found.video.get(tag) for tag in _TAGS)
    upright = source.sizes == found.sizes
    error = "–"
    if upright:
        worst = np.abs(_patch_levels(path, source, found) - _patch_levels(source_path, source, source)).max()
        error = f"{worst:.1f} levels"
    titles = sum(source.tags[key] == found.tags.get(key) for key in source.tags)
    languages = sum(entry in found.languages for entry in source.languages)
    return Loss(
        f"{len(found.types)} of {len(source.types)}",
        _same_packets(source, found),
        f"{len(found.times)} of {len(source.times)}",
        _times(source, found),
        f"{kept_tags} of {len(_TAGS)}",
        error,
        "yes" if upright else f"no: {found.sizes[0]}x{found.sizes[1]}",
        f"{sum(chapter in found.chapters for chapter in source.chapters)} of {len(source.chapters)}",
        f"{titles + languages} of {len(source.tags) + len(source.languages)}",
    )
