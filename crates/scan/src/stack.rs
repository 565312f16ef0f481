//! Slices to a right-angled grid, from positions along the slice normal alone.

use ossein_geom::{Finding, Grid, Lps, Point, Vector, Volume};

use crate::dicom::pixels::PADDING_HU;

/// Slices nearer than this lie at the same place, in mm.
const SAME_PLACE_MM: f64 = 0.01;
/// Tilt below this is rounding of the header, in degrees.
const TILT_DEG_MIN: f64 = 0.1;
/// Distances may vary by this part of their median.
const SPACING_VARIATION_MAX: f64 = 0.05;
/// Slices may lie this far from a straight line, in mm.
const WANDER_MM_MAX: f64 = 0.2;

/// One slice: where it lies and which frame of which file it is.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub file: usize,
    pub frame: usize,
    pub position: Vector<Lps>,
}

/// Slices in order, and the grid that they make.
pub(crate) struct Stack {
    /// Grid of the slices, as if they stood right-angled.
    pub grid: Grid<Lps>,
    /// One slice per place, from low to high along the normal.
    pub slices: Vec<Slice>,
    /// Slices at the place of another: (index into `slices`, the other slice).
    pub doubles: Vec<(usize, Slice)>,
    /// In-plane shift of each slice along `i` and `j`, in mm; zero without tilt.
    pub shifts: Vec<[f64; 2]>,
    /// Angle between normal and stacking direction, in degrees.
    pub tilt_deg: f64,
    /// What is wrong with the places.
    pub findings: Vec<Finding>,
}

/// Unit row and column directions at right angles, if `orientation` is that to 1e-3.
pub(crate) fn axes(orientation: [f64; 6]) -> Option<[Vector<Lps>; 3]> {
    let o = orientation;
    let (row, column) = (Vector::new(o[0], o[1], o[2]), Vector::new(o[3], o[4], o[5]));
    let unit = |v: Vector<Lps>| (v.norm() - 1.0).abs() < 1e-2;
    if !unit(row) || !unit(column) || row.unit().dot(column.unit()).abs() > 1e-3 {
        return None;
    }
    let row = row.unit();
    let column = (column - row * row.dot(column)).unit();
    Some([row, column, row.cross(column)])
}

/// Orders `slices` (at least one) and measures their stack.
pub(crate) fn stack(
    mut slices: Vec<Slice>,
    axes: [Vector<Lps>; 3],
    pixel_spacing: [f64; 2],
    size: [usize; 2],
) -> Stack {
    let normal = axes[2];
    let height = |s: &Slice| normal.dot(s.position);
    slices.sort_by(|a, b| {
        height(a).total_cmp(&height(b)).then_with(|| (a.file, a.frame).cmp(&(b.file, b.frame)))
    });
    let mut kept: Vec<Slice> = Vec::new();
    let mut doubles = Vec::new();
    for slice in slices {
        match kept.last() {
            Some(last) if height(&slice) - height(last) < SAME_PLACE_MM => {
                doubles.push((kept.len() - 1, slice));
            }
            _ => kept.push(slice),
        }
    }
    let first = kept[0].position;
    let last = kept[kept.len() - 1].position;
    let count = kept.len();
    let mut findings = Vec::new();
    let (mut step, mut tilt_deg) = (0.0, 0.0);
    if count > 1 {
        step = normal.dot(last - first) / (count - 1) as f64;
        tilt_deg = normal.angle_deg(last - first);
        let heights: Vec<f64> = kept.iter().map(height).collect();
        findings.extend(uneven(&heights));
        findings.extend(wander(&kept, first, last, normal));
    }
    let tilted = tilt_deg > TILT_DEG_MIN;
    let shifts = kept
        .iter()
        .map(|s| {
            let off = s.position - first;
            if tilted { [axes[0].dot(off), axes[1].dot(off)] } else { [0.0; 2] }
        })
        .collect();
    let grid = Grid {
        origin: Point::from(first.array()),
        axes,
        spacing: [pixel_spacing[1], pixel_spacing[0], step],
        size: [size[0], size[1], count],
    };
    if !tilted {
        tilt_deg = 0.0;
    }
    Stack { grid, slices: kept, doubles, shifts, tilt_deg, findings }
}

fn uneven(heights: &[f64]) -> Option<Finding> {
    let mut steps: Vec<f64> = heights.windows(2).map(|w| w[1] - w[0]).collect();
    steps.sort_by(f64::total_cmp);
    let median = steps[steps.len() / 2].min(steps[(steps.len() - 1) / 2]);
    let (min, max) = (steps[0], steps[steps.len() - 1]);
    let worst = (max - median).max(median - min);
    if worst <= SPACING_VARIATION_MAX * median {
        return None;
    }
    let missing: f64 = steps.iter().map(|s| ((s / median + 0.5).floor() - 1.0).max(0.0)).sum();
    let place = "slices";
    Some(if missing > 0.0 {
        let text = format!(
            "{missing} slices are missing: most lie {median:.3} mm apart, the widest gap is \
             {max:.3} mm"
        );
        Finding::failure("scan.missing_slices", place, text).measured(
            max,
            median * (1.0 + SPACING_VARIATION_MAX),
            "mm",
        )
    } else {
        let text = format!("the slice distance varies from {min:.3} to {max:.3} mm");
        Finding::failure("scan.uneven_spacing", place, text).measured(
            worst,
            median * SPACING_VARIATION_MAX,
            "mm",
        )
    })
}

fn wander(
    slices: &[Slice],
    first: Vector<Lps>,
    last: Vector<Lps>,
    normal: Vector<Lps>,
) -> Option<Finding> {
    let along = last - first;
    let whole = normal.dot(along);
    let worst = slices
        .iter()
        .map(|s| {
            let off = s.position - first;
            (off - along * (normal.dot(off) / whole)).norm()
        })
        .fold(0.0, f64::max);
    (worst > WANDER_MM_MAX).then(|| {
        let text = format!("slices lie up to {worst:.2} mm off a straight stack");
        Finding::failure("scan.wandering_slices", "slices", text).measured(
            worst,
            WANDER_MM_MAX,
            "mm",
        )
    })
}

/// The size of the right-angled grid that holds every shifted slice, and its first corner.
pub(crate) fn right_angled(stack: &Stack) -> Grid<Lps> {
    let mut grid = stack.grid.clone();
    for axis in 0..2 {
        let low = stack.shifts.iter().map(|s| s[axis]).fold(0.0, f64::min);
        let high = stack.shifts.iter().map(|s| s[axis]).fold(0.0, f64::max);
        let before = (-low / grid.spacing[axis]).ceil();
        let after = (high / grid.spacing[axis]).ceil();
        grid.origin = grid.origin - grid.axes[axis] * (before * grid.spacing[axis]);
        grid.size[axis] = grid.size[axis].saturating_add((before + after) as usize);
    }
    grid
}

/// Slices of a tilted gantry on the right-angled `grid`: each moves within its own plane, linear
/// between pixels; what no slice covers is -1024 HU.
pub(crate) fn untilt(stack: &Stack, values: &[i16], grid: &Grid<Lps>) -> Volume<i16> {
    let [ni, nj, nk] = stack.grid.size;
    let mut out = Volume::filled(grid.clone(), PADDING_HU);
    for k in 0..nk {
        let slice = &values[k * ni * nj..][..ni * nj];
        let from_corner = stack.grid.origin - grid.origin;
        let offset =
            |a: usize| (grid.axes[a].dot(from_corner) + stack.shifts[k][a]) / grid.spacing[a];
        let (at_i, at_j) = (taps(offset(0), grid.size[0], ni), taps(offset(1), grid.size[1], nj));
        for (j, tap_j) in at_j.iter().enumerate() {
            for (i, tap_i) in at_i.iter().enumerate() {
                if let (Some((i0, i1, u)), Some((j0, j1, v))) = (tap_i, tap_j) {
                    let at = |i: &usize, j: &usize| f64::from(slice[j * ni + i]);
                    let low = at(i0, j0) * (1.0 - u) + at(i1, j0) * u;
                    let high = at(i0, j1) * (1.0 - u) + at(i1, j1) * u;
                    let value = low * (1.0 - v) + high * v;
                    let index = grid.index([i, j, k]);
                    out.values[index] = (value + 0.5).floor() as i16;
                }
            }
        }
    }
    out
}

/// For each of `out` places: the two source places and the weight of the second.
fn taps(offset: f64, out: usize, source: usize) -> Vec<Option<(usize, usize, f64)>> {
    let last = (source - 1) as f64;
    (0..out)
        .map(|n| {
            let at = n as f64 - offset;
            if at < -1e-6 || at > last + 1e-6 {
                return None;
            }
            let at = at.clamp(0.0, last);
            let low = at.floor() as usize;
            Some((low, (low + 1).min(source - 1), at - low as f64))
        })
        .collect()
}
