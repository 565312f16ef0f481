"""A mesh 1 mm outside of a mesh by MeshLib, voxels of 0.2 mm (to measure, never to ship)."""
import sys

import numpy as np
from meshlib import mrmeshnumpy, mrmeshpy

from meter import Meter

folder = sys.argv[1]
vertices = np.fromfile(folder + "/vertices.f64").reshape(-1, 3)
triangles = np.fromfile(folder + "/triangles.u32", np.uint32).reshape(-1, 3)
mesh = mrmeshnumpy.meshFromFacesVerts(triangles, vertices)
meter = Meter()
parameters = mrmeshpy.OffsetParameters()
parameters.voxelSize = 0.2
grown = mrmeshpy.offsetMesh(mesh, 1.0, parameters)
meter.stop(volume_mm3=float(grown.volume()))
