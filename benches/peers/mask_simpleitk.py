"""The bone mask by SimpleITK, all its threads."""
import sys

import numpy as np
import SimpleITK as sitk

from meter import Meter

values = np.fromfile(sys.argv[1] + "/ct.i16", np.int16).reshape(400, 512, 512)
image = sitk.GetImageFromArray(values)
del values
meter = Meter()
smooth = sitk.Median(image, [1, 1, 1])
bone = sitk.BinaryThreshold(smooth, 250, 32767, 1, 0)
labels = sitk.RelabelComponent(sitk.ConnectedComponent(bone), sortByObjectSize=True)
main = sitk.BinaryThreshold(labels, 1, 1, 1, 0)
closed = sitk.BinaryMorphologicalClosing(main, [3, 3, 3], sitk.sitkBall)
filled = sitk.BinaryFillhole(closed)
mask = sitk.GetArrayViewFromImage(filled)
count = lambda image: int(np.count_nonzero(sitk.GetArrayViewFromImage(image)))
places = np.flatnonzero(mask).astype(np.uint64)
meter.stop(voxels=count(filled), closed_voxels=count(closed), largest_voxels=count(main),
           sum_of_places=str(int((places * (places | np.uint64(1))).sum(dtype=np.uint64))))
