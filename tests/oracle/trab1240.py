"""Shows that the published energy field of fe-trab1240 is a step of an iteration on its way.

Usage: trab1240.py FOLDER, the folder of `trab1240_labels.npz` and `reference_sed.npz`. Conjugate
gradients with the diagonal as their preconditioner start from zero; each line holds the step, the
relative residual, the force on the upper plane and how far the energy density at the elements'
centres is from the published field, over that field's sum. Ten minutes on one core.
"""
import sys
from pathlib import Path

import numba
import numpy as np

folder = Path(sys.argv[1])
solid = np.load(folder / "trab1240_labels.npz")["labels"] > 0
published = np.load(folder / "reference_sed.npz")["sed_zyx"].astype(float)
nz, ny, nx = solid.shape
edges = np.array([0.06069965288043022, 0.06069965288043022, 0.060698509216308594])  # x, y, z
shift = -0.07648012042045593
young, poisson = 10_000.0, 0.3
lame = young * poisson / (1 + poisson) / (1 - 2 * poisson)
shear = young / 2 / (1 + poisson)
moduli = np.diag([2 * shear] * 3 + [shear] * 3)
moduli[:3, :3] += lame


def strains(place):
    """Strains xx, yy, zz, yz, xz, xy of the 24 displacements of a brick, x fastest."""
    rows = np.zeros((6, 24))
    for node in range(8):
        high = [node >> a & 1 for a in range(3)]
        share = [place[a] if high[a] else 1 - place[a] for a in range(3)]
        slope = [(1 if high[a] else -1) / edges[a] for a in range(3)]
        dx = slope[0] * share[1] * share[2]
        dy = share[0] * slope[1] * share[2]
        dz = share[0] * share[1] * slope[2]
        c = 3 * node
        rows[[0, 1, 2], [c, c + 1, c + 2]] = dx, dy, dz
        rows[3, [c + 1, c + 2]] = dz, dy
        rows[4, [c, c + 2]] = dz, dx
        rows[5, [c, c + 1]] = dy, dx
    return rows


gauss = 0.5 + 0.5 / 3**0.5 * np.array([-1, 1])
places = [(x, y, z) for x in gauss for y in gauss for z in gauss]
brick = sum(strains(p).T @ moduli @ strains(p) for p in places) * edges.prod() / 8
centre = strains((0.5, 0.5, 0.5))

k, j, i = np.nonzero(solid)
corner = lambda n: ((k + (n >> 2)) * (ny + 1) + j + (n >> 1 & 1)) * (nx + 1) + i + (n & 1)
elements = np.stack([corner(n) for n in range(8)], 1)
nodes, elements = np.unique(elements, return_inverse=True)
elements = elements.reshape(-1, 8).astype(np.int32)
level = nodes // ((ny + 1) * (nx + 1))


@numba.njit(fastmath=True)
def product(elements, brick, u, out):
    out[:] = 0
    local = np.empty(24)
    for e in range(elements.shape[0]):
        for n in range(8):
            for a in range(3):
                local[3 * n + a] = u[elements[e, n], a]
        for n in range(8):
            for a in range(3):
                value = 0.0
                for m in range(24):
                    value += brick[3 * n + a, m] * local[m]
                out[elements[e, n], a] += value


diagonal = np.zeros((len(nodes), 3))
for n in range(8):
    for a in range(3):
        np.add.at(diagonal[:, a], elements[:, n], brick[3 * n + a, 3 * n + a])
held = (level == 0) | (level == nz)
u = np.zeros((len(nodes), 3))
u[level == nz, 2] = shift
out = np.empty_like(u)
product(elements, brick, u, out)
residual = -out
residual[held] = 0
start = np.linalg.norm(residual)
z = residual / diagonal
p, rz = z.copy(), (residual * z).sum()
there = published[k, j, i]
for step in range(1, 9001):
    product(elements, brick, p, out)
    out[held] = 0
    length = rz / (p * out).sum()
    u += length * p
    residual -= length * out
    z = residual / diagonal
    rz, last = (residual * z).sum(), rz
    p = z + rz / last * p
    if step % 500 == 0 or 4430 <= step <= 4450:
        strain = u[elements].reshape(-1, 24) @ centre.T
        density = 0.5 * np.einsum("ei,ij,ej->e", strain, moduli, strain)
        product(elements, brick, u, out)
        apart = np.abs(density - there).sum() / there.sum()
        small = np.linalg.norm(residual) / start
        force = out[level == nz, 2].sum()
        print(f"{step} residual {small:.2e} force {force:.5f} N apart {apart:.3e}", flush=True)
