//! Openings of a skull, seen from the middle of its cavity: the hole in a vault is one of them.

use ossein_geom::{Frame, Point, Vector, float};
use rayon::prelude::*;

use super::sheet::{Sight, Tables};
use crate::surface::MeshSurface;

/// Directions that are looked into: 2.6 degrees apart, 4 mm on a vault.
const DIRECTION_COUNT: usize = 6000;
/// Directions nearer than this are neighbours, in parts of the mean spacing.
const NEIGHBOUR: f64 = 1.7;
/// The rim reaches so far from an opening, in the same parts.
const RIM: f64 = 3.5;
/// How far rays go, mm.
const RAY_MM: f64 = 200.0;
/// Bone of a vault is between these thick along a ray, mm.
const VAULT_MM: [f64; 2] = [1.5, 15.0];
/// And stands across the ray within this cosine.
const VAULT_COSINE: f64 = 0.8;

/// A part of the skull's wall without bone.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening<F: Frame> {
    /// From the middle of the cavity to the middle of the opening, of length one.
    pub towards: Vector<F>,
    /// Its area on a sphere through the bone around it, mm^2.
    pub area_mm2: f64,
    /// Share of the bone around it that is like a vault: two smooth tables across the ray, one
    /// behind the other. Near 1 for a hole in the vault, less for the openings that every skull has.
    pub vault_rim: f64,
}

/// The openings of a skull, those with the most vault around them first, and of equal ones the
/// largest; smaller ones than `area_mm2_min` are left out.
pub fn openings<F: Frame>(
    surface: &MeshSurface<'_, F>,
    middle: Point<F>,
    area_mm2_min: f64,
) -> Vec<Opening<F>> {
    let sight = Sight { surface, mirror: None, reach_mm: RAY_MM };
    let directions: Vec<Vector<F>> = sphere(DIRECTION_COUNT).collect();
    let seen: Vec<Option<Tables<F>>> =
        directions.par_iter().with_min_len(64).map(|&d| sight.tables(middle, d)).collect();
    let spacing = (4.0 * std::f64::consts::PI / DIRECTION_COUNT as f64).sqrt();
    let within = |n: usize, angle: f64| {
        let cosine = float::cos(angle * spacing);
        let directions = &directions;
        (0..directions.len()).filter(move |&m| directions[n].dot(directions[m]) >= cosine)
    };
    let mut found = Vec::new();
    let mut gone = vec![false; directions.len()];
    for first in 0..directions.len() {
        if gone[first] || seen[first].is_some() {
            continue;
        }
        let mut opening = vec![first];
        gone[first] = true;
        let mut next = 0;
        while let Some(&n) = opening.get(next) {
            next += 1;
            for m in within(n, NEIGHBOUR) {
                if !gone[m] && seen[m].is_none() {
                    gone[m] = true;
                    opening.push(m);
                }
            }
        }
        let mut rim: Vec<usize> = opening.iter().flat_map(|&n| within(n, RIM)).collect();
        rim.sort_unstable();
        rim.dedup();
        rim.retain(|&n| seen[n].is_some() || !opening.contains(&n));
        let bone: Vec<(usize, &Tables<F>)> =
            rim.iter().filter_map(|&n| Some((n, seen[n].as_ref()?))).collect();
        if bone.is_empty() {
            continue;
        }
        let radius_mm = bone.iter().map(|b| b.1.outer_mm).sum::<f64>() / bone.len() as f64;
        let area_mm2 = opening.len() as f64 * spacing * spacing * radius_mm * radius_mm;
        if area_mm2 < area_mm2_min {
            continue;
        }
        let like = bone.iter().filter(|(n, t)| is_vault(t, directions[*n], radius_mm)).count();
        let none = Vector::new(0.0, 0.0, 0.0);
        let towards = opening.iter().fold(none, |s, &n| s + directions[n]).unit();
        found.push(Opening { towards, area_mm2, vault_rim: like as f64 / rim.len() as f64 });
    }
    found.sort_by(|a, b| {
        let score = |o: &Opening<F>| (o.vault_rim * 10.0).round();
        score(b).total_cmp(&score(a)).then(b.area_mm2.total_cmp(&a.area_mm2))
    });
    found
}

/// Whether a ray passes bone as of a vault about this far from the middle.
pub(crate) fn is_vault<F: Frame>(tables: &Tables<F>, ray: Vector<F>, radius_mm: f64) -> bool {
    let thick = tables.outer_mm - tables.inner_mm;
    let across = tables.outer_normal.dot(ray) >= VAULT_COSINE
        && -tables.inner_normal.dot(ray) >= VAULT_COSINE;
    let near = (tables.outer_mm / radius_mm - 1.0).abs() < 0.25;
    across && near && (VAULT_MM[0]..VAULT_MM[1]).contains(&thick)
}

/// Directions over the sphere, evenly: a spiral of golden turns.
pub(crate) fn sphere<F: Frame>(count: usize) -> impl Iterator<Item = Vector<F>> {
    let golden = std::f64::consts::PI * (3.0 - 5.0f64.sqrt());
    (0..count).map(move |n| {
        let z = 1.0 - 2.0 * (n as f64 + 0.5) / count as f64;
        let (s, c) = float::sin_cos(golden * n as f64);
        let r = (1.0 - z * z).sqrt();
        Vector::new(r * c, r * s, z)
    })
}
