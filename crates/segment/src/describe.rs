//! Figures of the structures, and what someone should look at.

use std::collections::BTreeMap;

use ossein_geom::{Aabb, Finding, Found, Level, Volume};

use crate::expected::{PLAUSIBLE_RATIO, body_size, is_plausible};
use crate::spine::Spine;
use crate::structure::{CANAL, OTHER_BONE, Segmentation, Structure, arch_label, level_of, name_of};

/// Brighter than any bone: metal.
const METAL_HU: i16 = 2500;
/// Voxels of metal from which it is reported.
const METAL_VOXEL_COUNT: usize = 5;
/// A neighbour counts as fused where less than this part of an end face shows an edge.
const CLEAR_FRACTION_MIN: f64 = 0.45;

#[derive(Clone)]
struct Sums {
    voxel_count: usize,
    fraction: f64,
    at: [f64; 3],
    low: [usize; 3],
    high: [usize; 3],
    hu: f64,
    metal: usize,
}

/// Measures every label of `labels` and lists what is not plausible.
pub fn describe(hu: &Volume<i16>, labels: Volume<u16>) -> Found<Segmentation> {
    let mut sums: BTreeMap<u16, Sums> = BTreeMap::new();
    let size = labels.grid.size;
    let whole = size.map(|n| n - 1);
    let empty = Sums {
        voxel_count: 0,
        fraction: 0.0,
        at: [0.0; 3],
        low: whole,
        high: [0; 3],
        hu: 0.0,
        metal: 0,
    };
    for (n, &label) in labels.values.iter().enumerate() {
        if label == 0 {
            continue;
        }
        let voxel = labels.grid.voxel(n);
        let s = sums.entry(label).or_insert_with(|| empty.clone());
        s.voxel_count += 1;
        s.hu += f64::from(hu.values[n]);
        s.metal += usize::from(hu.values[n] > METAL_HU);
        for a in 0..3 {
            s.at[a] += voxel[a] as f64;
            s.low[a] = s.low[a].min(voxel[a]);
            s.high[a] = s.high[a].max(voxel[a]);
        }
    }
    for (label, s) in &mut sums {
        s.fraction = covered(hu, &labels, *label, s);
    }
    let mut structures = Vec::new();
    let mut findings = Vec::new();
    for (&label, s) in &sums {
        let structure = structure(&labels, label, s);
        judge(&structure, s, size, &mut findings);
        structures.push(structure);
    }
    Found { value: Segmentation { labels, structures }, findings }
}

fn structure(labels: &Volume<u16>, label: u16, s: &Sums) -> Structure {
    let count = s.voxel_count as f64;
    let corner = |bits: usize| {
        labels.grid.center([0, 1, 2].map(|a| if bits >> a & 1 == 1 { s.high[a] } else { s.low[a] }))
    };
    Structure {
        label,
        name: name_of(label),
        level: level_of(label),
        voxel_count: s.voxel_count,
        volume_mm3: s.fraction * labels.grid.voxel_mm3(),
        centroid: labels.grid.point(s.at.map(|x| x / count)),
        bounds: Aabb::around((0..8).map(corner)),
        mean_hu: s.hu / count,
    }
}

/// Voxels covered, in voxels: inner ones whole, those at the border to no structure by the part
/// that their grey value lies between the surroundings' and the border bone's.
fn covered(hu: &Volume<i16>, labels: &Volume<u16>, label: u16, s: &Sums) -> f64 {
    if label == CANAL || label == OTHER_BONE {
        return s.voxel_count as f64;
    }
    let size = labels.grid.size;
    let mut sum = 0.0;
    let low = s.low.map(|n| n.saturating_sub(1));
    let high = [0, 1, 2].map(|a| (s.high[a] + 1).min(size[a] - 1));
    for k in low[2]..=high[2] {
        for j in low[1]..=high[1] {
            for i in low[0]..=high[0] {
                let voxel = [i, j, k];
                let own = labels.at(voxel);
                if own != label && own != 0 {
                    continue;
                }
                let (inner, outer) = surroundings(hu, labels, label, voxel);
                sum += match (own == label, inner, outer) {
                    (true, _, None) => 1.0,
                    (false, None, _) => 0.0,
                    (_, Some(inner), Some(outer)) if inner > outer + 60.0 => {
                        ((f64::from(hu.at(voxel)) - outer) / (inner - outer)).clamp(0.0, 1.0)
                    }
                    (own, _, _) => f64::from(u8::from(own)),
                };
            }
        }
    }
    sum
}

/// Mean grey value of the face neighbours with the label, and without any.
fn surroundings(
    hu: &Volume<i16>,
    labels: &Volume<u16>,
    label: u16,
    voxel: [usize; 3],
) -> (Option<f64>, Option<f64>) {
    let size = labels.grid.size;
    let (mut inner, mut outer) = ((0.0, 0.0), (0.0, 0.0));
    for slot in 0..6 {
        let (axis, up) = (slot / 2, slot % 2 == 1);
        let mut near = voxel;
        if up && near[axis] + 1 < size[axis] {
            near[axis] += 1;
        } else if !up && near[axis] > 0 {
            near[axis] -= 1;
        } else {
            continue;
        }
        let value = f64::from(hu.at(near));
        let sum = match labels.at(near) {
            l if l == label => &mut inner,
            0 | CANAL => &mut outer,
            _ => continue,
        };
        sum.0 += value;
        sum.1 += 1.0;
    }
    let mean = |(sum, count): (f64, f64)| (count > 0.0).then(|| sum / count);
    (mean(inner), mean(outer))
}

fn judge(structure: &Structure, s: &Sums, size: [usize; 3], findings: &mut Vec<Finding>) {
    let name = structure.name.as_str();
    let Some(level) = structure.level else { return };
    if (0..3).any(|a| s.low[a] == 0 || s.high[a] + 1 == size[a]) {
        let message = format!("{name} touches the border of the scan: it may not be whole");
        findings.push(Finding::warning("segment.cut_off", name, message));
    }
    if s.metal >= METAL_VOXEL_COUNT {
        let message = format!("{name} holds {} voxels brighter than {METAL_HU} HU: metal", s.metal);
        findings.push(Finding::warning("segment.metal", name, message).measured(
            s.metal as f64,
            0.0,
            "",
        ));
    }
    if structure.label != arch_label(level) {
        judge_volume(structure, level, findings);
    }
}

fn judge_volume(structure: &Structure, level: Level, findings: &mut Vec<Finding>) {
    let Some(expected) = body_size(level) else { return };
    // Three lengths, each within the ratio: their product within the ratio of the volume's root.
    let mean = expected.volume_mm3();
    let root = ossein_geom::float::pow(structure.volume_mm3 / mean, 1.0 / 3.0);
    if !is_plausible(root, 1.0) {
        let message = format!(
            "{} measures {:.0} mm³, a mean {level} about {mean:.0} mm³: its mean length is off by \
             more than {:.0} %",
            structure.name,
            structure.volume_mm3,
            100.0 * PLAUSIBLE_RATIO
        );
        findings.push(Finding::warning("segment.size", structure.name.as_str(), message).measured(
            structure.volume_mm3,
            mean,
            "mm3",
        ));
    }
}

/// Findings that the outlines alone show: sizes off the table, and end faces without an edge.
pub fn check_bodies(spine: &Spine, found: &mut Found<Segmentation>) {
    for body in &spine.bodies {
        let Some(level) = body.level else { continue };
        let half = body.star.frame.half;
        if let Some(expected) = body_size(level) {
            let lengths = [
                ("width", 2.0 * half[0], expected.width_mm()),
                ("depth", 2.0 * half[1], expected.depth_mm()),
                ("height", 2.0 * half[2], expected.posterior_height_mm),
            ];
            for (what, measured, mean) in lengths {
                if !is_plausible(measured, mean) {
                    let place = format!("{level} body");
                    let message = format!("its {what} is {measured:.1} mm, the mean {mean:.1} mm");
                    found.findings.push(
                        Finding::warning("segment.size", place, message)
                            .measured(measured, mean, "mm"),
                    );
                }
            }
        }
        for (up, which) in [(true, "cranial"), (false, "caudal")] {
            let clear = body.star.clear_fraction(up);
            if clear < CLEAR_FRACTION_MIN {
                let place = format!("{level} {which} endplate");
                let message = format!(
                    "only {:.0} % of the end face shows an edge: fused with its neighbour, or \
                     not in view",
                    100.0 * clear
                );
                found.findings.push(Finding::warning("segment.fused", place, message).measured(
                    clear,
                    CLEAR_FRACTION_MIN,
                    "",
                ));
            }
        }
    }
}
