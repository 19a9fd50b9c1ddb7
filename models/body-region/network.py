"""The network and what it is shown in training."""

import math

import torch
from torch import nn
from torch.nn import functional


def block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class BodyRegionNet(nn.Module):
    """Four convolutions and a global mean: [n, 1, 64, 64] -> logits [n, 6]."""

    def __init__(self, classes=6):
        super().__init__()
        self.features = nn.Sequential(block(1, 16), nn.MaxPool2d(2), block(16, 32), nn.MaxPool2d(2),
                                      block(32, 64), nn.MaxPool2d(2), block(64, 96), nn.AdaptiveAvgPool2d(1))
        self.classify = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, classes))

    def forward(self, x):
        return self.classify(self.features(x))


def normalize(x):
    """What NormalizeIntensity does to each picture: mean 0, population standard deviation 1 (1 when constant)."""
    flat = x.flatten(1)
    sd = flat.std(dim=1, unbiased=False)
    sd = torch.where(sd == 0, torch.ones_like(sd), sd)
    return (x - flat.mean(dim=1)[:, None, None, None]) / sd[:, None, None, None]


def uniform(n, low, high, generator):
    return (torch.rand(n, generator=generator) * (high - low) + low)[:, None, None, None]


def frame(x, generator):
    """Other framing: zoom, aspect, turn, shift, both flips. Empty margins are black, as scanners pad.

    Upside-down because the plan turns volumes to RAS, where the front is at the bottom, and leaves pictures upright.
    """
    n = len(x)
    draw = lambda low, high: uniform(n, low, high, generator).flatten()
    zoom, aspect, turn = torch.exp(draw(-0.45, 0.5)), torch.exp(draw(-0.12, 0.12)), draw(-0.3, 0.3)
    for axis in (2, 3):
        x = torch.where(uniform(n, 0, 1, generator) < 0.5, x.flip(axis), x)
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = torch.stack([torch.stack([cos * zoom * aspect, -sin * zoom / aspect, draw(-0.2, 0.2)], 1),
                        torch.stack([sin * zoom * aspect, cos * zoom / aspect, draw(-0.2, 0.2)], 1)], 1)
    return functional.grid_sample(x, functional.affine_grid(rows, x.shape, align_corners=False),
                                  padding_mode="zeros", align_corners=False)


def blur(x, generator):
    """Gaussian of a random width for each quarter of the batch: MedNIST's CT was thinned out without smoothing."""
    parts = []
    for part in x.chunk(4):
        sigma = float(uniform(1, 0.01, 1.3, generator))
        taps = torch.exp(-0.5 * (torch.arange(-3, 4) / sigma) ** 2)
        taps = taps / taps.sum()
        part = functional.conv2d(functional.pad(part, (3, 3, 3, 3), mode="replicate"), taps.view(1, 1, 7, 1))
        parts.append(functional.conv2d(part, taps.view(1, 1, 1, 7)))
    return torch.cat(parts)


def augment(x, generator):
    """x: [n, 1, 64, 64] in 0..255. Random floor, framing, blur, saturation, gamma, noise; then the plan's scaling."""
    n = len(x)
    flat = x.flatten(1)
    floor = torch.quantile(flat, float(uniform(1, 0.0, 0.08, generator)), dim=1)[:, None, None, None]
    x = functional.relu(x - floor)
    x = blur(frame(x, generator), generator)
    largest = x.flatten(1).amax(dim=1)[:, None, None, None].clamp_min(1e-6)
    x = (x / largest / uniform(n, 0.4, 1.0, generator)).clamp(0, 1)
    x = x ** torch.exp(uniform(n, math.log(0.4), math.log(3.0), generator))
    x = x + torch.randn(x.shape, generator=generator) * uniform(n, 0.0, 0.05, generator)
    return normalize(x)
