"""Holds a finished case against programs that share no code with Ossein.

Usage: judge.py CASE. Prints one line a check and exits with 1 where one fails.
"""
import json
import math
import sys
from pathlib import Path

import lib3mf
import manifold3d
import numpy as np
import pydicom
import pypdf
import trimesh

case = Path(sys.argv[1])
out = case / "out"
report = json.loads((out / "report.json").read_text())
failed = 0
# Above this manifold3d needs many minutes and gigabytes.
MANIFOLD_TRIANGLES_MAX = 9_000_000


def check(name, good, seen):
    global failed
    failed += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}: {seen}")


def near(a, b, part):
    return abs(a / b - 1) <= part


def main():
    implant = report["implant"]
    stl = trimesh.load(out / "implant/implant.stl", process=True, merge_norm=True)
    check("trimesh: closed", stl.is_watertight and stl.is_winding_consistent, len(stl.faces))
    check("trimesh: volume", near(stl.volume, implant["mesh_volume_mm3"], 1e-3), stl.volume)
    check("trimesh: area", near(stl.area, implant["surface_area_mm2"], 1e-3), stl.area)
    check("triangles as reported", len(stl.faces) == implant["triangle_count"], len(stl.faces))
    del stl

    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(out / "implant/implant.3mf"))
    check("lib3mf: no warning", reader.GetWarningCount() == 0, reader.GetWarningCount())
    meshes = model.GetMeshObjects()
    check("lib3mf: one object", meshes.Count() == 1, meshes.Count())
    meshes.MoveNext()
    mesh = meshes.GetCurrentMeshObject()
    check("lib3mf: manifold and oriented", mesh.IsManifoldAndOriented(), mesh.GetTriangleCount())
    check("lib3mf: unit", model.GetUnit() == lib3mf.ModelUnit.MilliMeter, model.GetUnit())
    vertices = plain(mesh.GetVertices(), np.float32)
    triangles = plain(mesh.GetTriangleIndices(), np.uint32)
    if len(triangles) > MANIFOLD_TRIANGLES_MAX:
        print(f"skip manifold3d: {len(triangles)} triangles take it over five minutes")
    else:
        judged_by_manifold(vertices, triangles)
    check("on the plate", abs(vertices[:, 2].min()) < 1e-3, vertices[:, 2].min())

    layers(out / "build/layers.cli")
    pages = pypdf.PdfReader(out / "dossier.pdf").pages
    text = " ".join(page.extract_text() for page in pages)
    check("pypdf: pages", len(pages) >= 8, len(pages))
    check("pypdf: case id on the pages", report["case"]["id"] in text, report["case"]["id"])
    scan = [p for p in sorted((case / "scan").rglob("*")) if p.suffix == ".dcm"]
    if scan:
        dicom(scan)


def plain(rows, kind):
    """Rows of three numbers from a list of C structures, each with one array."""
    field = rows[0]._fields_[0][0]
    numbers = (n for row in rows for n in getattr(row, field))
    return np.fromiter(numbers, kind, 3 * len(rows)).reshape(-1, 3)


def judged_by_manifold(vertices, triangles):
    implant = report["implant"]
    solid = manifold3d.Manifold(
        manifold3d.Mesh(vertices.astype(np.float32), triangles.astype(np.uint32)))
    check("manifold3d: accepts", solid.status() == manifold3d.Error.NoError, solid.status())
    check("manifold3d: volume", near(solid.volume(), implant["mesh_volume_mm3"], 1e-3),
          solid.volume())
    check("manifold3d: genus", solid.genus() == implant["genus"], solid.genus())


def layers(path):
    """Reads binary CLI by the format's own rules and integrates the area."""
    data = path.read_bytes()
    at = data.index(b"$$HEADEREND") + len(b"$$HEADEREND")
    area, heights = 0.0, []
    while at < len(data):
        code = int.from_bytes(data[at:at + 2], "little")
        at += 2
        if code == 127:
            heights.append(float(np.frombuffer(data, "<f4", 1, at)[0]))
            at += 4
        elif code == 130:
            direction, count = np.frombuffer(data, "<i4", 2, at + 4)
            points = np.frombuffer(data, "<f4", 2 * count, at + 12).reshape(-1, 2).astype(float)
            x, y = points[:, 0], points[:, 1]
            one = 0.5 * float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
            assert (points[0] == points[-1]).all(), "open contour"
            assert (one > 0) == (direction == 1), "direction against orientation"
            area += one
            at += 12 + 8 * int(count)
        else:
            raise ValueError(f"command {code} at byte {at - 2}")
    step = report["print"]["layer_mm"]
    check("layers: count", len(heights) == report["print"]["layer_count"], len(heights))
    check("layers: evenly spaced", np.allclose(np.diff(heights), step, atol=1e-4), step)
    volume = report["implant"]["volume_mm3"]
    check("layers: area integrates to the volume", near(area * step, volume, 0.005),
          f"{area * step:.1f} of {volume:.1f} mm3")


def dicom(files):
    """Positions, rescale and pixels as another reader sees them."""
    slices = [pydicom.dcmread(path) for path in files]
    slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
    steps = np.diff([float(s.ImagePositionPatient[2]) for s in slices])
    check("pydicom: slices", len(slices) == report["scan"]["slice_count"], len(slices))
    check("pydicom: spacing", np.allclose(steps, report["scan"]["spacing_mm"][2], atol=1e-3),
          steps.mean())
    volume = read_mha(out / "work/volume.mha")
    middle = len(slices) // 2
    s = slices[middle]
    hu = s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept)
    check("pydicom: same pixels", np.array_equal(hu.astype(np.int16), volume[middle]), hu.shape)


def read_mha(path):
    data = path.read_bytes()
    end = data.index(b"ElementDataFile = LOCAL\n") + len(b"ElementDataFile = LOCAL\n")
    fields = dict(line.split(" = ", 1) for line in data[:end].decode().splitlines())
    size = [int(n) for n in fields["DimSize"].split()]
    return np.frombuffer(data, "<i2", math.prod(size), end).reshape(size[::-1])


main()
print(f"{failed} checks failed")
sys.exit(1 if failed else 0)
