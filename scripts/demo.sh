#!/bin/bash
# Builds Ossein and runs the phantom patient end to end; further words go to `ossein demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
cargo build --release --quiet -p ossein
exec target/release/ossein demo "${@:-demo-case}"
