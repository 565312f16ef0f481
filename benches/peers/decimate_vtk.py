"""vtkQuadricDecimation to 200,000 triangles."""
import sys
from pathlib import Path

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

from meter import Meter

TRIANGLE_COUNT = 200_000
folder = Path(sys.argv[1])
vertices = np.fromfile(folder / "vertices.f64").reshape(-1, 3)
triangles = np.fromfile(folder / "triangles.u32", np.uint32).reshape(-1, 3)

points = vtk.vtkPoints()
points.SetDataTypeToDouble()
points.SetData(numpy_to_vtk(vertices))
cells = vtk.vtkCellArray()
rows = np.full((len(triangles), 4), 3, np.int64)
rows[:, 1:] = triangles
cells.ImportLegacyFormat(numpy_to_vtkIdTypeArray(rows.ravel()))
mesh = vtk.vtkPolyData()
mesh.SetPoints(points)
mesh.SetPolys(cells)

meter = Meter()
decimate = vtk.vtkQuadricDecimation()
decimate.SetInputData(mesh)
decimate.SetTargetReduction(1 - TRIANGLE_COUNT / len(triangles))
decimate.Update()
out = decimate.GetOutput()
meter.stop(triangle_count=out.GetNumberOfPolys())

faces = vtk_to_numpy(out.GetPolys().GetConnectivityArray()).reshape(-1, 3)
vtk_to_numpy(out.GetPoints().GetData()).astype(np.float64).tofile(folder / "vtk.vertices.f64")
faces.astype(np.uint32).tofile(folder / "vtk.triangles.u32")
