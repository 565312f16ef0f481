"""G5: the implant's field sliced by numba and contourpy, filled by PythonSLM; a few layers of 2,000.

Arguments: folder, spot compensation, contour offset, hatch offset (mm). Figures are scaled to all
layers; `shown` repeats the hatch length of single layers.
"""
import math
import sys
import time

import contourpy
import numba
import numpy as np
from meter import Meter

STEP, LAYER, COUNT = 0.05, 0.03, 2000
SHOWN = [200, 400, 600, 800, 1000, 1200, 1600, 1800]
K = 2 * math.pi / 2.10


@numba.njit(cache=False, fastmath=True)
def plane(x, y, z):
    out = np.empty((y.size, x.size), np.float32)
    sx, cx = np.sin(K * x), np.cos(K * x)
    sz, cz = math.sin(K * z), math.cos(K * z)
    waist, cap = 0.92 + 0.08 * (z / 30.0) ** 2, abs(z) - 30.0
    for j in range(y.size):
        sy, cy = math.sin(K * y[j]), math.cos(K * y[j])
        for i in range(x.size):
            side = (math.sqrt((x[i] / 17.5) ** 2 + (y[j] / 15.0) ** 2) - waist) * 15.0
            side = max(side, 8.0 - math.sqrt(x[i] ** 2 + (y[j] + 20.0) ** 2))
            g = sx[i] * cy + sy * cz + sz * cx[i]
            a, b, c = cx[i] * cy - sz * sx[i], cy * cz - sx[i] * sy, cz * cx[i] - sy * sz
            sheet = abs(g) / (K * max(math.sqrt(a * a + b * b + c * c), 1e-3)) - 0.125
            out[j, i] = max(max(side, cap), min(sheet, -1.0 - side))
    return out


def main():
    spot, contour, hatch = (float(v) for v in sys.argv[2:5])
    from pyslm import hatching

    filler = hatching.Hatcher()
    filler.hatchDistance = 0.08
    filler.spotCompensation, filler.contourOffset = spot, contour
    filler.volumeOffsetHatch = hatch
    filler.numInnerContours, filler.numOuterContours = 1, 1
    x = np.arange(-17.6, 17.6, STEP)
    y = np.arange(-15.1, 15.1, STEP)
    plane(x, y, 0.0)
    cost, shown, slicing = None, [], 0.0
    meter = Meter()
    for n in SHOWN:
        began = time.process_time()
        values = plane(x, y, -30.0 + (n + 0.5) * LAYER)
        lines = contourpy.contour_generator(x, y, values, line_type="Separate").lines(0.0)
        slicing += time.process_time() - began
        filler.hatchAngle = (67.0 * n) % 360.0
        layer = filler.hatch([np.asarray(line) for line in lines])
        length = 0.0
        for geometry in layer.getHatchGeometry():
            c = np.asarray(geometry.coords).reshape(-1, 2, 2)
            length += float(np.linalg.norm(c[:, 1] - c[:, 0], axis=1).sum())
        shown.append({"layer": n, "hatch_mm": round(length, 1)})
    scale = COUNT / len(SHOWN)
    figures = {"cpu_s": (time.process_time() - meter.cpu) * scale,
               "wall_s": (time.perf_counter() - meter.wall) * scale}
    figures["cpu_ms_per_layer"] = figures["cpu_s"] * 1e3 / COUNT
    meter.stop(**figures, slice_ms_per_layer=slicing * 1e3 / len(SHOWN),
               shown=[s for s in shown if s["layer"] in (400, 1000, 1600)])


main()
