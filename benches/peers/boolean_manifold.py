"""A - B and A & B of the same pairs by Manifold; what it refuses counts as failed."""
import sys

import manifold3d
import numpy as np

from meter import Meter

data = open(sys.argv[1] + "/pairs.bin", "rb").read()
at = 0
meshes = []
while at < len(data):
    vertices, triangles = np.frombuffer(data, np.uint64, 2, at).astype(int)
    at += 16
    v = np.frombuffer(data, np.float64, 3 * vertices, at).reshape(-1, 3).copy()
    at += v.nbytes
    t = np.frombuffer(data, np.uint64, 3 * triangles, at).reshape(-1, 3).copy()
    at += t.nbytes
    meshes.append((v, t))
meter = Meter()
failed, worst = 0, 0.0
for a, b in zip(meshes[::2], meshes[1::2]):
    solids = [manifold3d.Manifold(manifold3d.Mesh64(v, t)) for v, t in (a, b)]
    if any(s.status() != manifold3d.Error.NoError for s in solids):
        failed += 1
        continue
    less, shared = solids[0] - solids[1], solids[0] ^ solids[1]
    off = abs(less.volume() + shared.volume() - solids[0].volume())
    worst = max(worst, off / abs(solids[0].volume()))
meter.stop(failed=failed, law_off_relative_max=worst)
