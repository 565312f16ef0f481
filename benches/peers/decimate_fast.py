"""fast-simplification to 200,000 triangles."""
import sys
from pathlib import Path

import fast_simplification
import numpy as np

from meter import Meter

TRIANGLE_COUNT = 200_000
folder = Path(sys.argv[1])
vertices = np.fromfile(folder / "vertices.f64").reshape(-1, 3)
triangles = np.fromfile(folder / "triangles.u32", np.uint32).reshape(-1, 3).astype(np.int32)

meter = Meter()
places, faces = fast_simplification.simplify(vertices, triangles, target_count=TRIANGLE_COUNT)
meter.stop(triangle_count=len(faces))

places.astype(np.float64).tofile(folder / "fast.vertices.f64")
faces.astype(np.uint32).tofile(folder / "fast.triangles.u32")
