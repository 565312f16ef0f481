"""ParOSol on the same voxels and plates: the bundled program of parosol-py on all cores."""
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import parosol_py
from parosol_py.hdf5_io import write_parosol_input
from parosol_py.runner import mpi_runtime_environment

folder = Path(sys.argv[1])
n = int((folder / "size.txt").read_text())
labels = np.fromfile(folder / "labels.raw", np.uint8).reshape(n, n, n)  # [k][j][i]
modulus_gpa = np.array([0, 110, 17], np.float32)[labels].transpose(2, 1, 0)
coordinates, values = [], []
for plane, layer, shift in ((0, 0, 0.0), (n, n - 1, -0.01)):
    solid = np.pad(labels[layer] > 0, 1)
    active = solid[1:, 1:] | solid[:-1, 1:] | solid[1:, :-1] | solid[:-1, :-1]
    j, i = np.nonzero(active)
    for axis in range(3):
        coordinates.append(np.stack([i, j, np.full_like(i, plane), np.full_like(i, axis)], 1))
        # ParOSol takes an exact zero for a free node.
        values.append(np.full(len(i), shift if axis == 2 and shift else 1e-16))
model = write_parosol_input(
    folder / "parosol.h5",
    stiffness_gpa_xyz=modulus_gpa,
    fixed_displacement_coordinates=np.concatenate(coordinates),
    fixed_displacement_values=np.concatenate(values),
    voxel_size_mm=1.0 / n,
    poisson_ratio=0.3,
)
program = Path(parosol_py.__file__).parent / "bin" / "parosol"
launcher = program.parent / "openmpi" / "bin" / "mpirun"
ranks = os.cpu_count() or 1
level = max(1, int(np.log2(n)) - 2)
command = [launcher, "--allow-run-as-root", "--oversubscribe", "-np", str(ranks)]
command = [str(c) for c in command + [program, "--level", level, "--tol", "1e-6", model]]
environment = mpi_runtime_environment(command) or dict(os.environ)
began = time.perf_counter()
done = subprocess.run(command, capture_output=True, text=True, env=environment)
wall = time.perf_counter() - began
if done.returncode:
    sys.exit((done.stderr or done.stdout).strip().splitlines()[-1])
use = resource.getrusage(resource.RUSAGE_CHILDREN)
figures = {
    "wall_s": wall,
    "cpu_s": use.ru_utime + use.ru_stime,
    "peak_mib": ranks * use.ru_maxrss / 1024,
    "ranks": ranks,
}
solved = re.findall(r"[Ss]olv\w*[^\n]*?([0-9.]+)\s*s", done.stdout)
if solved:
    figures["solve_wall_s"] = float(solved[-1])
iterations = re.findall(r"[Ii]teration\w*\D*(\d+)", done.stdout)
if iterations:
    figures["iterations"] = int(iterations[-1])
if os.environ.get("OSSEIN_PEERS_LOG"):
    print(done.stdout)
print(json.dumps(figures))
