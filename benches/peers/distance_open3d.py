"""Signed distance at given points by Open3D's ray casting scene."""
import sys

import numpy as np
import open3d as o3d

from meter import Meter

folder = sys.argv[1]
vertices = np.fromfile(folder + "/vertices.f64").reshape(-1, 3).astype(np.float32)
triangles = np.fromfile(folder + "/triangles.u32", np.uint32).reshape(-1, 3)
points = np.fromfile(folder + "/points.f32", np.float32).reshape(-1, 3)
meter = Meter()
scene = o3d.t.geometry.RaycastingScene()
scene.add_triangles(o3d.core.Tensor(vertices), o3d.core.Tensor(triangles))
distance = scene.compute_signed_distance(o3d.core.Tensor(points)).numpy()
meter.stop(points=len(points), inside=int((distance < 0).sum()))
