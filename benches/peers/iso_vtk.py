"""VTK's FlyingEdges on all threads, from an int16 volume that lies in memory."""
import os
import sys

os.environ["VTK_SMP_BACKEND_IN_USE"] = "STDThread"
import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from meter import Meter


def main():
    ni, nj, nk = (int(n) for n in sys.argv[2:5])
    spacing, level = float(sys.argv[5]), float(sys.argv[6])
    values = np.fromfile(os.path.join(sys.argv[1], "ct.raw"), np.int16)
    image = vtk.vtkImageData()
    image.SetDimensions(ni, nj, nk)
    image.SetSpacing(spacing, spacing, spacing)
    image.GetPointData().SetScalars(numpy_to_vtk(values, deep=False))
    edges = vtk.vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    meter = Meter()
    edges.Update()
    meter.stop(triangles=edges.GetOutput().GetNumberOfPolys(), vtk=vtk.vtkVersion().GetVTKVersion())


main()
