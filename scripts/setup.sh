#!/bin/bash
# What the build needs beside Rust: a C++ compiler and CMake, for the JPEG and JPEG-LS codecs.
need=()
command -v cmake >/dev/null || need+=(cmake)
command -v c++ >/dev/null || need+=(g++)
if [ ${#need[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq "${need[@]}" >/dev/null
  else
    echo "Ossein needs ${need[*]}: install it, on Debian with: sudo apt-get install ${need[*]}" >&2
    exit 1
  fi
fi
