"""Reading still pictures: upright RGBA in sRGB, whatever the file's own depth, colour model or profile."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps

from activities.render.colours import standard, upright
from activities.render.hdr import is_wide
from activities.render.moving import VideoFile
from activities.render.planes import Image, new_frame
from models.errors import MediaError
from models.videos.media_facts import PICTURE_FORMATS

LARGEST_PICTURE = 120_000_000
"""Pixels; a larger picture is refused before it is unpacked."""
_SPACES = {"RGB ": ("RGB", "RGBA"), "CMYK": ("CMYK",), "GRAY": ("L",)}
"""Modes that a profile of a colour space is for."""


def load_picture(path: Path, name: str, least: int = 0) -> Image:
    """Premultiplied RGBA of any picture file, upright, in sRGB. A JPEG may come smaller, its sides at least `least` pixels
    (0: whole). Of one with a high dynamic range, what its plain part holds; an AVIF that has only that is brought into range.

    Raises:
        MediaError: it is no picture, is broken, or is too large.
    """
    try:
        with Pillow.open(path, formats=PICTURE_FORMATS) as opened:
            if opened.width * opened.height > LARGEST_PICTURE:
                raise MediaError(
                    f"The picture {name} has {opened.width} x {opened.height} pixels.",
                    hint=f"Make it smaller: at most {LARGEST_PICTURE // 1_000_000} million pixels.",
                )
            if opened.format == "AVIF" and not opened.has_transparency_data:
                wide = _wide(path)
                if wide is not None:
                    return wide
            if least:
                opened.draft("RGB", (least, least))
            ImageOps.exif_transpose(opened, in_place=True)
            picture = in_srgb(_of_8_bits(opened), opened.info.get("icc_profile"))
            rgba = np.array(picture.convert("RGBA"), np.uint8)
    except MediaError:
        raise
    except Exception as error:
        raise MediaError(
            f"The picture {name} cannot be read: {error}.", hint="Save it again as PNG or JPEG and give the new file."
        ) from error
    if (rgba[..., 3] < 255).any():
        alpha = rgba[..., 3:].astype(np.uint16)
        rgba[..., :3] = (rgba[..., :3] * alpha + 127) // 255
    return rgba


def _of_8_bits(picture: Pillow.Image) -> Pillow.Image:
    """Grey of 16 and 32 bits and of fractions as grey of 8; Pillow does the same for colour as it reads."""
    if picture.mode not in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        return picture
    grey = np.asarray(picture, np.float32)
    if picture.mode.startswith("I;16"):
        most = 65_535.0
    elif picture.mode == "F" and grey.max() <= 1.0:
        most = 1.0
    else:
        most = 65_535.0 if grey.max() > 255 else 255.0
    return Pillow.fromarray(np.uint8(np.clip(grey * (255.0 / most) + 0.5, 0, 255)))


def in_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """The picture's colours as sRGB: phones photograph in Display P3, cameras in Adobe RGB, print works in CMYK. A profile that
    cannot be read, or is for another kind of picture, is left out of account."""
    if not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        if picture.mode in ("P", "PA"):
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        if picture.mode not in _SPACES.get(source.profile.xcolor_space, ()):
            return picture
        changed = ImageCms.profileToProfile(
            picture,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return changed or picture


def _wide(path: Path) -> Image | None:
    """An AVIF in HLG, PQ, BT.2020 or P3 as a player of video shows it; None where it is a plain one."""
    with closing(VideoFile(path)) as file:
        if not is_wide(file.said.transfer, file.said.primaries):
            return None
        first = next(file.moments(0.0), None)
        if first is None:
            return None
        planes = upright(standard(first.frame, file.said), first.frame.rotation)
    drawn = new_frame(planes.width, planes.height)
    drawn.copy_from(planes)
    assert drawn.frame is not None
    rgba: Image = drawn.frame.reformat(
        format="rgba", src_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG"
    ).to_ndarray()  # fmt: skip
    return rgba
