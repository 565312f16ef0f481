"""Reads binary CLI 2.0 by its published commands, apart from our own reader, and sums it up."""
import json
import struct
import sys

import numpy as np


def layers(path):
    """yields (z, polylines [(id, direction, points)], hatches [(id, vectors)]), all in mm"""
    data = open(path, "rb").read()
    end = data.index(b"$$HEADEREND") + len(b"$$HEADEREND")
    lines = data[:end].decode().splitlines()
    assert "$$BINARY" in lines, "a text file"
    unit = next(float(l.split("/")[1]) for l in lines if l.startswith("$$UNITS/"))
    at, layer = end, None
    while at < len(data):
        (command,) = struct.unpack_from("<H", data, at)
        at += 2
        if command in (127, 128):
            if layer:
                yield layer
            z, size = (struct.unpack_from("<f", data, at)[0], 4) if command == 127 else (
                struct.unpack_from("<H", data, at)[0], 2)
            layer, at = (z * unit, [], []), at + size
            continue
        short = command in (129, 131)
        number, kind = ("H", "<u2") if short else ("i", "<f4")
        fields = 3 if command in (129, 130) else 2
        assert command in (129, 130, 131, 132), f"command {command} at byte {at - 2}"
        head = struct.unpack_from("<" + number * fields, data, at)
        at += struct.calcsize("<" + number * fields)
        count = head[-1] * (2 if fields == 3 else 4)
        values = np.frombuffer(data, kind, count, at).astype(float) * unit
        at += count * int(kind[-1])
        if fields == 3:
            layer[1].append((head[0], head[1], values.reshape(-1, 2)))
        else:
            layer[2].append((head[0], values.reshape(-1, 2, 2)))
    yield layer


if __name__ == "__main__":
    count = contour = hatch = 0
    for z, polylines, hatches in layers(sys.argv[1]):
        count += 1
        for _, direction, p in polylines:
            assert direction == 2 or (p[0] == p[-1]).all(), "an open contour"
            contour += np.linalg.norm(np.diff(p, axis=0), axis=1).sum()
        hatch += sum(np.linalg.norm(v[:, 1] - v[:, 0], axis=1).sum() for _, v in hatches)
    print(json.dumps({"layers": count, "contour_m": contour / 1e3, "hatch_m": hatch / 1e3}))
