"""Holds the files of `cargo run -p ossein-mesh --example written FOLDER` against other readers.

Usage: mesh_files.py FOLDER. Prints one line a check and exits with 1 where one fails.
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import lib3mf
import manifold3d
import numpy as np
import trimesh

folder = Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
failed = 0


def check(name, good, seen):
    global failed
    failed += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}: {seen}")


def near(a, b, part):
    return abs(a / b - 1) <= part


def read_by_trimesh(path):
    mesh = trimesh.load(path, process=True, merge_norm=True, force="mesh")
    check(f"trimesh {path.name}: closed", mesh.is_watertight and mesh.is_winding_consistent,
          len(mesh.faces))
    check(f"trimesh {path.name}: triangles", len(mesh.faces) == expected["triangles"],
          len(mesh.faces))
    check(f"trimesh {path.name}: vertices", len(mesh.vertices) == expected["vertices"],
          len(mesh.vertices))
    check(f"trimesh {path.name}: volume", near(mesh.volume, expected["volume_mm3"], 1e-5),
          mesh.volume)
    return mesh


def read_by_manifold(path, mesh):
    solid = manifold3d.Manifold(manifold3d.Mesh(
        np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.uint32)))
    check(f"manifold3d {path.name}: accepts", solid.status() == manifold3d.Error.NoError,
          solid.status())
    check(f"manifold3d {path.name}: genus", solid.genus() == 1, solid.genus())
    check(f"manifold3d {path.name}: volume", near(solid.volume(), expected["volume_mm3"], 1e-4),
          solid.volume())


def strictly(path):
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    check(f"lib3mf {path.name}: no warning", reader.GetWarningCount() == 0,
          reader.GetWarningCount())
    check(f"lib3mf {path.name}: mm", model.GetUnit() == lib3mf.ModelUnit.MilliMeter,
          model.GetUnit())
    meshes = model.GetMeshObjects()
    check(f"lib3mf {path.name}: one object", meshes.Count() == 1, meshes.Count())
    meshes.MoveNext()
    return meshes.GetCurrentMeshObject()


def read_by_lib3mf():
    mesh = strictly(folder / "ring.3mf")
    check("lib3mf ring.3mf: manifold and oriented", mesh.IsManifoldAndOriented(),
          mesh.GetTriangleCount())
    check("lib3mf ring.3mf: triangles", mesh.GetTriangleCount() == expected["triangles"],
          mesh.GetTriangleCount())
    check("lib3mf ring.3mf: vertices", mesh.GetVertexCount() == expected["vertices"],
          mesh.GetVertexCount())
    lattice = strictly(folder / "lattice.3mf").BeamLattice()
    check("lib3mf lattice.3mf: beams", lattice.GetBeamCount() == expected["beams"],
          lattice.GetBeamCount())
    beam = lattice.GetBeam(5)
    check("lib3mf lattice.3mf: radii", [round(r, 4) for r in beam.Radii] == [0.3, 0.25],
          list(beam.Radii))


def read_by_prusa_slicer(path):
    program = shutil.which("prusa-slicer")
    if program is None:
        print("skip prusa-slicer: not installed")
        return
    out = subprocess.run([program, "--info", str(path)], capture_output=True, text=True)
    facts = dict(line.split(" = ") for line in out.stdout.splitlines() if " = " in line)
    check(f"prusa-slicer {path.name}: manifold", facts.get("manifold") == "yes", facts)
    check(f"prusa-slicer {path.name}: triangles",
          int(facts.get("number_of_facets", 0)) == expected["triangles"],
          facts.get("number_of_facets"))
    check(f"prusa-slicer {path.name}: volume",
          near(float(facts.get("volume", 0)), expected["volume_mm3"], 1e-4), facts.get("volume"))


for path in sorted(folder.glob("ring*")):
    if path.suffix != ".3mf":
        read_by_manifold(path, read_by_trimesh(path))
    if path.suffix in (".stl", ".3mf", ".obj"):
        read_by_prusa_slicer(path)
read_by_lib3mf()
print(f"{failed} checks failed")
sys.exit(1 if failed else 0)
