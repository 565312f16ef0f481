#!/bin/bash
# Puts the peers that PyPI has into .venv-peers; one that does not install is left out of the table.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -x .venv-peers/bin/python ] || python3 -m venv .venv-peers
for package in numpy scipy numba vtk SimpleITK scikit-image trimesh manifold3d fast-simplification \
  PythonSLM contourpy open3d picopie meshlib lbmpy porespy localthickness parosol-py; do
  .venv-peers/bin/python -m pip install --quiet --disable-pip-version-check "$package" ||
    echo "$package: does not install here; its rows will be left out" >&2
done
