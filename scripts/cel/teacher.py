"""The slow classical pipeline that the student network learns: flatten, tone steps, colour, lines, ink.

Papers: Xu, Lu, Xu and Jia, "Image Smoothing via L0 Gradient Minimization" (SIGGRAPH Asia 2011); Tomasi and
Manduchi, "Bilateral Filtering for Gray and Color Images" (ICCV 1998); He, Sun and Tang, "Guided Image Filtering"
(ECCV 2010); Winnemöller, Olsen and Gooch, "Real-Time Video Abstraction" (SIGGRAPH 2006) for the soft tone steps.
Lines: see lines.py. Pictures are [H,W,3] float32 RGB in [0,1]; widths suit 640 to 768 pixels on the long side.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from .l0 import l0_smooth
from .lines import LineSettings, blur, draw_lines

Image = np.ndarray  # [H,W,3] float32 RGB in [0,1]
Plane = np.ndarray  # [H,W] float32


@dataclass(frozen=True)
class TeacherSettings:
    """The look of the style, in one place."""

    l0_coarse: float = 0.007
    l0_fine: float = 0.0008
    soft_share: float = 0.18
    bins: int = 7
    step_sharpness: float = 6.0
    step_share: float = 0.6
    gamma: float = 0.84
    contrast: float = 0.055
    dark_gamma: float = 0.64
    chroma: float = 1.10
    pale_chroma: float = 0.30
    shadow_blue: float = 7.0
    shadow_red: float = 2.0
    skin_calm: float = 0.16
    ink_colour: float = 0.30
    ink_warm: float = 0.20
    lines: LineSettings = field(default_factory=LineSettings)


def smoothstep(value: Plane, low: float, high: float) -> Plane:
    """Cubic step: 0 below low, 1 above high."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def to_lab(rgb: Image) -> tuple[Plane, Plane, Plane]:
    """CIE L in [0,1], a and b in their usual units."""
    lab = cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2Lab)
    return lab[..., 0] / 100, lab[..., 1], lab[..., 2]


def from_lab(lightness: Plane, a: Plane, b: Plane) -> Image:
    """Inverse of to_lab, clipped to the RGB cube."""
    lab = np.stack([np.clip(lightness, 0, 1) * 100, a, b], axis=-1).astype(np.float32)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), 0, 1)


def skin_likeness(lightness: Plane, a: Plane, b: Plane) -> Plane:
    """[H,W] in [0,1]: how close a colour is to skin of any tone (a band of hue and chroma in Lab)."""
    hue = np.degrees(np.arctan2(b, a))
    chroma = np.hypot(a, b)
    band = smoothstep(hue, 8, 25) * (1 - smoothstep(hue, 68, 82))
    vivid = smoothstep(chroma, 6, 14) * (1 - smoothstep(chroma, 42, 60))
    return band * vivid * smoothstep(lightness, 0.15, 0.3)


def fine_detail(rgb: Image) -> Plane:
    """[H,W] in [0,1]: where structure a few pixels wide is dense, above all in skin colours (small faces)."""
    lightness, a, b = to_lab(rgb)
    band = np.abs(blur(lightness, 0.8) - blur(lightness, 2.5))
    dense = smoothstep(blur(band, 5.0), 0.010, 0.028)
    return dense * (0.15 + 0.85 * blur(skin_likeness(lightness, a, b), 4.0))


def light_up(rgb: Image, settings: TeacherSettings) -> Image:
    """Raises the shadows of dark surroundings before anything else, so that a night scene keeps its content."""
    lightness, a, b = to_lab(rgb)
    around = cv2.ximgproc.guidedFilter(lightness, lightness, 12, 0.15**2)
    gloom = 1 - smoothstep(around, 0.04, 0.42)
    lifted = np.power(np.maximum(lightness, 1e-4), 1 + gloom * (settings.dark_gamma - 1))
    # Colours keep their saturation when they gain light.
    gain = 1 + 0.4 * (lifted / np.maximum(lightness, 0.02) - 1).clip(0, 1)
    return from_lab(lifted, a * gain, b * gain)


def flatten(rgb: Image, fine: Plane, settings: TeacherSettings) -> Image:
    """Flat regions with sharp borders; less flat where `fine` [H,W] says so, so that small faces keep eyes."""
    flat = l0_smooth(rgb, settings.l0_coarse * (settings.l0_fine / settings.l0_coarse) ** fine)
    smooth = flat
    for _ in range(2):
        smooth = cv2.bilateralFilter(smooth, 9, 0.06, 4, borderType=cv2.BORDER_REFLECT)
    flat = smooth + 0.5 * fine[..., None] * (flat - smooth)
    soft = cv2.ximgproc.guidedFilter(rgb, rgb, 4, 0.08**2)
    return np.clip(flat + settings.soft_share * (soft - flat), 0, 1)


def step_tones(lightness: Plane, settings: TeacherSettings) -> Plane:
    """Soft luminance quantization; the steps follow a smoothed copy so that their borders are clean curves."""
    smooth = cv2.ximgproc.guidedFilter(lightness, lightness, 5, 0.05**2)
    position = smooth * settings.bins
    base = np.floor(position)
    inside = np.tanh(settings.step_sharpness * (position - base - 0.5))
    inside = inside / np.tanh(settings.step_sharpness * 0.5)
    stepped = (base + 0.5 + 0.5 * inside) / settings.bins
    # The two darkest steps hold a night scene's whole content: leave them nearly continuous.
    share = settings.step_share * (0.3 + 0.7 * smoothstep(smooth, 0.12, 0.32))
    return np.clip(lightness + share * (stepped - smooth), 0, 1)


def lift(lightness: Plane, settings: TeacherSettings) -> Plane:
    """Brightens and adds mild contrast around the middle."""
    wave = settings.contrast * np.sin(2 * np.pi * (lightness - 0.5))
    return np.clip(np.power(lightness, settings.gamma) + wave, 0, 1)


def grey_tones(settings: TeacherSettings = TeacherSettings(), count: int = 1024) -> tuple[Plane, Plane]:
    """Greys [count] as the style shows them without and with tone steps, both in [0,1] of RGB."""
    lightness = np.tile(np.linspace(0, 1, count, dtype=np.float32), (8, 1))
    none = np.zeros_like(lightness)
    plain, stepped = lightness, step_tones(lightness, settings)
    return tuple(from_lab(lift(tones, settings), none, none)[0, :, 1] for tones in (plain, stepped))


def shift_colour(lightness: Plane, a: Plane, b: Plane, s: TeacherSettings) -> tuple[Plane, Plane]:
    """Vivid pale colours and blue-violet shadows; skin stays pink, never yellow."""
    skin = skin_likeness(lightness, a, b)
    chroma = np.hypot(a, b)
    gain = s.chroma * (1 + s.pale_chroma * np.exp(-chroma / 45))
    # Flushed skin is vivid already; more would look sunburnt.
    gain = gain * (1 - s.skin_calm * skin * smoothstep(chroma, 18, 36))
    dark = (1 - lightness) ** 2
    a = a * gain + s.shadow_red * dark + 1.5 * skin
    b = b * gain - s.shadow_blue * dark - 1.5 * skin
    return a, b


def ink_over(colour: Image, ink: Plane, settings: TeacherSettings) -> Image:
    """Draws coverage `ink` in a dark relative of the colour below; reds keep more colour (lips, nostrils)."""
    lightness, a, b = to_lab(blur(colour, 1.5))
    warm = smoothstep(a, 8, 22) * smoothstep(lightness, 0.2, 0.4)
    share = settings.ink_colour + settings.ink_warm * warm
    dye = share[..., None] * colour + np.array([0.12, 0.09, 0.15], np.float32)
    # Ink only darkens: on near-black ground the dye is lighter than the ground.
    dye = np.minimum(dye, colour)
    return colour + ink[..., None] * (dye - colour)


def stylize(rgb: Image, settings: TeacherSettings = TeacherSettings()) -> Image:
    """Teacher of the style: [H,W,3] RGB in [0,1] to the same shape and range."""
    return stylize_with_ink(rgb, settings)[0]


def stylize_with_ink(rgb: Image, settings: TeacherSettings = TeacherSettings()) -> tuple[Image, Plane]:
    """The stylized picture and the ink coverage [H,W] that was drawn on it (the students' line mask)."""
    rgb = light_up(np.ascontiguousarray(rgb, np.float32), settings)
    fine = fine_detail(rgb)
    flat = flatten(rgb, fine, settings)
    lightness, a, b = to_lab(flat)
    tones = lift(step_tones(lightness, settings), settings)
    colour = from_lab(tones, *shift_colour(lightness, a, b, settings))
    drawn = lightness + (0.4 + 0.4 * fine) * (blur(to_lab(rgb)[0], 0.7) - lightness)
    ink = draw_lines(drawn, fine, settings.lines)
    return ink_over(colour, ink, settings), ink
