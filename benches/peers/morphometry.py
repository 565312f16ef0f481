"""Local thickness and Euler number by Python packages: FOLDER PACKAGE [solid]."""
import sys

import numpy as np

from meter import Meter

folder, package = sys.argv[1:3]
solid = np.load(f"{folder}/t1_256.npy").astype(bool)
alone = sys.argv[3:] == ["solid"]
if package == "localthickness":
    import localthickness

    def thickness(image):
        return 2 * localthickness.local_thickness(image)[image]

    localthickness.local_thickness(solid[:16, :16, :16])
else:
    import porespy

    porespy.settings.tqdm["disable"] = True

    def thickness(image):
        return 2 * porespy.filters.local_thickness(image)[image]

    porespy.filters.local_thickness(solid[:16, :16, :16])
from skimage.measure import euler_number


def figures(values):
    return [float(values.mean()), float(values.std()), float(values.max())]


meter = Meter()
more = {"Tb.Th, voxels": figures(thickness(solid))}
if not alone:
    more["Tb.Sp, voxels"] = figures(thickness(~solid))
    more["Euler number"] = [int(euler_number(solid, connectivity=1)), int(euler_number(solid, connectivity=3))]
meter.stop(**more)
