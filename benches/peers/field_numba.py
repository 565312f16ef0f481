"""The network gyroid on 512^3 samples in numba: sines and cosines per axis, one compiled loop."""
import numpy as np
from numba import njit

from meter import Meter


@njit(fastmath=True)
def tile(sx, cx, sy, cy, sz, cz, level, scale, out):
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            rest = sy[j] * cz[k] - level
            for i in range(out.shape[2]):
                out[k, j, i] = (sx[i] * cy[j] + rest + sz[k] * cx[i]) * scale


def run(count):
    out = np.empty((32, 32, 64), np.float32)
    wave = 2 * np.pi / 2.1
    level, scale = np.float32(-0.617), np.float32(1 / (wave * 1.7321))
    total = 0.0
    for n in range(count):
        start = (0.013 + 1.7 * (n % 64), 0.3 * (n // 64), 0.7)
        waves = []
        for origin, size in zip(start, (64, 32, 32)):
            phase = wave * (origin + 0.1 * np.arange(size))
            waves += [np.sin(phase).astype(np.float32), np.cos(phase).astype(np.float32)]
        tile(*waves, level, scale, out)
        total += float(out.ravel()[n % out.size])
    return total


run(16)
meter = Meter()
total = run(512**3 // (64 * 32 * 32))
meter.stop(sum=total)
