#!/bin/bash
# Puts the programs that judge our files into .venv: readers from PyPI that share no code with us.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ] && ! python3 -m venv .venv 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3 python3-venv >/dev/null
    python3 -m venv .venv
  else
    echo "The checks need Python with venv: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi
if ! .venv/bin/python -c "import lib3mf, manifold3d, trimesh, pydicom, numpy, pypdf" 2>/dev/null; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    lib3mf manifold3d trimesh pydicom numpy pypdf
fi
.venv/bin/python -c "import sys; print('oracles: Python', sys.version.split()[0])"
