"""Level sets by OpenVDB's own C++: compiles openvdb_band.cpp once (Debian: libopenvdb-dev, g++)."""
import os
import subprocess
import sys

folder, distance = sys.argv[1:3]
here = os.path.dirname(os.path.abspath(__file__))
program = os.path.join(folder, "openvdb_band")
if not os.path.exists(program):
    source = os.path.join(here, "openvdb_band.cpp")
    subprocess.run(["g++", "-O3", "-march=native", "-std=c++17", source, "-o", program,
                    "-lopenvdb", "-ltbb"], check=True, capture_output=True)
subprocess.run([program, folder, distance], check=True)
