"""Permeability by lbmpy, two relaxation times, Lambda 3/16, viscosity 1/2: FOLDER STEPS."""
import sys
import time

import numpy as np
from lbmpy import ForceModel, LBMConfig, LBStencil, Method, Stencil
from lbmpy.boundaries import NoSlip
from lbmpy.session import LatticeBoltzmannStep
from pystencils import CreateKernelConfig, Target

from meter import Meter

folder, steps = sys.argv[1], int(sys.argv[2])
solid = np.load(f"{folder}/t2_128.npy").astype(bool)
n, force = solid.shape[0], 1e-5
even = 3 * 0.5
odd = 3 / 16 / even
config = LBMConfig(
    stencil=LBStencil(Stencil.D3Q19),
    method=Method.TRT,
    relaxation_rates=[1 / (even + 0.5), 1 / (odd + 0.5)],
    force=(force, 0, 0),
    force_model=ForceModel.GUO,
    compressible=False,
    zero_centered=True,
)
meter = Meter()
step = LatticeBoltzmannStep(
    domain_size=solid.shape,
    periodicity=(True, True, True),
    lbm_config=config,
    config=CreateKernelConfig(target=Target.CPU, cpu_openmp=False),
)


def wall(x, y, z):
    # The callback sees ghost layers: indices wrap around the cell.
    i, j, k = (np.floor(v).astype(int) % n for v in (x, y, z))
    return solid[k, j, i]


step.boundary_handling.set_boundary(NoSlip(), mask_callback=wall)
step.run(1)
# Memory counts from before the fields were made, time from after the kernel was compiled.
meter.wall, meter.cpu = time.perf_counter(), time.process_time()
step.run(steps)
# The velocity is read after the collision, which has added one whole force.
velocity = np.where(solid.transpose(2, 1, 0), 0.0, step.velocity[:, :, :, 0] - force)
k = float(np.sum(velocity)) / n**3 * 0.5 / force
meter.stop(**{"k over L squared": k / n**2, "steps": steps})
