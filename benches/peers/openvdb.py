"""OpenVDB's own C++: compiles openvdb_NAME.cpp once (Debian: libopenvdb-dev, libboost-dev, g++)."""
import os
import subprocess
import sys

folder, name, argument = sys.argv[1:4]
program = os.path.join(folder, f"openvdb_{name}")
if not os.path.exists(program):
    here = os.path.dirname(os.path.abspath(__file__))
    source = os.path.join(here, f"openvdb_{name}.cpp")
    subprocess.run(["g++", "-O3", "-march=native", "-std=c++17", source, "-o", program,
                    "-lopenvdb", "-ltbb"], check=True, capture_output=True)
subprocess.run([program, folder, argument], check=True)
