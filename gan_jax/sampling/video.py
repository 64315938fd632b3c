"""Steps of latents one after the other: a GIF, or an MP4 where ffmpeg is."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from gan_jax.errors import BadInput
from gan_jax.sampling.pictures import grid

PER_SECOND = 15
SUFFIXES = (".gif", ".mp4")


def animated(pictures: UInt8[np.ndarray, "rows steps h w c"], path: Path) -> bytes:
    """A film: every frame is a step, with all rows; there and back again.

    Args:
        pictures: a row of pictures for each film that is shown at once.
        path: its suffix says which kind.

    Raises:
        BadInput: an MP4 without ffmpeg, or one that ffmpeg refuses.
    """
    frames = [grid(pictures[:, i]) for i in range(pictures.shape[1])]
    frames += frames[-2:0:-1]
    scale = max(1, 256 // max(frames[0].shape[:2]))
    frames = [frame.repeat(scale, 0).repeat(scale, 1) for frame in frames]
    if path.suffix == ".gif":
        return _gif(frames)
    return _mp4(frames)


def _gif(frames: list[UInt8[np.ndarray, "h w c"]]) -> bytes:
    out = io.BytesIO()
    first, *rest = (
        Image.fromarray(f[..., 0] if f.shape[2] == 1 else f) for f in frames
    )
    milliseconds = 1000 // PER_SECOND
    first.save(
        out, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0
    )
    return out.getvalue()


def _mp4(frames: list[UInt8[np.ndarray, "h w c"]]) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise BadInput("an MP4 needs ffmpeg", "install it, or take --out=FILE.gif")
    h, w, _ = frames[0].shape
    raw = b"".join(np.broadcast_to(f[..., :3], (h, w, 3)).tobytes() for f in frames)
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{w}x{h}"]
    # Players want even sides and 4:2:0; a film in a pipe must be fragmented.
    even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
    kind = ["-vf", even, "-pix_fmt", "yuv420p", "-f", "mp4"]
    whole = ["-movflags", "frag_keyframe+empty_moov"]
    words = [program, "-loglevel", "error", *source, "-r", str(PER_SECOND), "-i", "-"]
    done = subprocess.run([*words, *kind, *whole, "-"], input=raw, capture_output=True)
    if done.returncode:
        raise BadInput(f"ffmpeg: {done.stderr.decode(errors='replace')[-200:]}")
    return done.stdout
