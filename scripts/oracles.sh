#!/bin/bash
# Puts the programs that judge our files into .venv: readers from PyPI that share no code with us.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
fi
if ! .venv/bin/python -c "import lib3mf, manifold3d, trimesh, pydicom, numpy, pypdf" 2>/dev/null; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    lib3mf manifold3d trimesh pydicom numpy pypdf
fi
.venv/bin/python -c "import sys; print('oracles: Python', sys.version.split()[0])"
