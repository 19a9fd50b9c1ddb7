"""The bundle's plan, executed by MONAI itself: what radbatch's own executor has to reproduce.

Arrays are (channel, i, j[, k]) with i along the columns of a picture (x), j down its rows (y), k through slices, as
MONAI's ITK and PIL readers give them; the affine is RAS.
"""

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import (NormalizeIntensity, Orientation, Resize, ResizeWithPadOrCrop, ScaleIntensityRange)

STEPS = {"NormalizeIntensity": NormalizeIntensity, "Orientation": Orientation, "Resize": Resize,
         "ResizeWithPadOrCrop": ResizeWithPadOrCrop, "ScaleIntensityRange": ScaleIntensityRange}


def grayscale(image):
    """RGB to luminance as PIL's mode "L" (ITU-R 601); one channel passes through."""
    if image.shape[0] == 1:
        return image
    red, green, blue = (image[c].round().to(torch.int64) for c in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).to(torch.float32)[None]


def items_of(image, axis):
    return list(torch.unbind(image, dim=axis + 1)) if image.ndim == 4 else [image]


def run(plan, image, affine=None):
    """[items, channels, 64, 64] of an array (channel, i, j[, k]); without `affine` it is a picture."""
    image = torch.as_tensor(np.ascontiguousarray(image), dtype=torch.float32)
    items = [MetaTensor(image, affine=torch.as_tensor(affine)) if affine is not None else image]
    for step in plan:
        name, arguments = step["name"], {key: value for key, value in step.items() if key != "name"}
        if name == "ExtractSlices":
            items = [torch.as_tensor(part) for item in items for part in items_of(item, arguments["axis"])]
        elif name == "Grayscale":
            items = [grayscale(item) for item in items]
        elif name == "Orientation" and items[0].ndim == 3:
            continue  # a picture has no third axis to turn
        else:
            transform = STEPS[name](**arguments)
            items = [transform(item) for item in items]
    return torch.stack([torch.as_tensor(np.asarray(item)) for item in items])


def picture(pixels):
    """(channel, i, j) of an array [y, x] or [y, x, channel] as image files hold it."""
    pixels = np.asarray(pixels)
    return np.moveaxis(pixels, 2, 0).swapaxes(1, 2) if pixels.ndim == 3 else pixels.T[None]
