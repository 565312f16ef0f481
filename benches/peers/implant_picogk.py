"""PicoGK by picopie: the implant's field as a compiled callback into voxels, then a mesh."""
import math
import sys

import numba

from meter import Meter

L, WALL, RIM = 2.10, 0.25, 1.0
K = 2 * math.pi / L


@numba.njit
def distance(x, y, z):
    w = 0.92 + 0.08 * (z / 30.0) ** 2
    q = (math.sqrt((x / 17.5) ** 2 + (y / 15.0) ** 2) - w) * 15.0
    side = max(q, 8.0 - math.sqrt(x * x + (y + 20.0) ** 2))
    sx, cx, sy, cy, sz, cz = (math.sin(K * x), math.cos(K * x), math.sin(K * y), math.cos(K * y),
                              math.sin(K * z), math.cos(K * z))
    g = sx * cy + sy * cz + sz * cx
    gx, gy, gz = cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz
    n = max(math.sqrt(gx * gx + gy * gy + gz * gz), 1e-3)
    sheet = abs(g) / (K * n) - WALL / 2
    return max(max(side, abs(z) - 30.0), min(sheet, -RIM - side))


@numba.cfunc(numba.types.float32(numba.types.CPointer(numba.types.float32)))
def callback(p):
    return distance(p[0], p[1], p[2])


def main():
    import picopie

    h = float(sys.argv[2])
    picopie.init(h)
    meter = Meter()
    voxels = picopie.Voxels()
    low, high = (-17.5 - 2 * h, -15.0 - 2 * h, -30.0 - 2 * h), (17.5 + 2 * h, 15.0 + 2 * h, 30.0 + 2 * h)
    voxels.render_implicit_(callback, (low, high))
    mesh = picopie.Mesh.from_voxels(voxels)
    meter.stop(triangles=int(mesh.triangle_count()))


main()
