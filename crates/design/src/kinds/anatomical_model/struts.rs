//! Struts between loose parts.

use ossein_field::boolean::Solid;
use ossein_field::primitive::Capsule;
use ossein_geom::{Choices, Implant, Point, TriMesh};
use ossein_mesh::Tree;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A strut may be so much longer than the shortest way between two parts, mm, beside twice that way.
const LONGER_MM: f64 = 3.0;
/// No part is looked for farther away, mm.
const FAR_MM: f64 = 1000.0;

/// A strut from a loose part to what it is joined with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strut {
    /// On the loose part.
    pub from: Point<Implant>,
    /// On the other.
    pub to: Point<Implant>,
    /// Its diameter.
    pub diameter_mm: f64,
}

impl Strut {
    /// Its free length, mm.
    pub fn length_mm(&self) -> f64 {
        self.from.distance(self.to)
    }

    /// Its solid, which reaches half a diameter into both parts.
    pub(super) fn solid(&self) -> Solid<Implant> {
        let along = (self.to - self.from).unit() * (0.25 * self.diameter_mm);
        let radius_mm = 0.5 * self.diameter_mm;
        Box::new(Capsule { from: self.from - along, to: self.to + along, radius_mm })
    }
}

/// Where a vertex of a loose part meets what is joined so far.
#[derive(Clone, Copy)]
struct Way {
    from: Point<Implant>,
    to: Point<Implant>,
    mm: f64,
}

/// Struts that join every part to the first, nearest parts first, as a tree.
pub(super) fn struts(parts: &[TriMesh<Implant>], choices: &Choices) -> Vec<Strut> {
    let diameter_mm = choices.number("model.strut_mm");
    let count = choices.whole("model.struts") as usize;
    let mut loose: Vec<(usize, Vec<Way>)> = (1..parts.len())
        .map(|n| {
            let far = |&from: &Point<Implant>| Way { from, to: from, mm: FAR_MM };
            (n, parts[n].vertices.iter().map(far).collect())
        })
        .collect();
    let mut made = Vec::new();
    let mut last = 0;
    while !loose.is_empty() {
        let tree = Tree::new(&parts[last]);
        for (_, ways) in &mut loose {
            ways.par_iter_mut().with_min_len(512).for_each(|way| {
                if let Some(near) = tree.nearest(&parts[last], way.from, way.mm) {
                    *way = Way { to: near.point, mm: near.distance_mm, ..*way };
                }
            });
        }
        let least = |ways: &[Way]| ways.iter().map(|w| w.mm).fold(f64::INFINITY, f64::min);
        let nearest = (0..loose.len())
            .min_by(|&a, &b| least(&loose[a].1).total_cmp(&least(&loose[b].1)))
            .expect("a loose part");
        let (n, ways) = loose.remove(nearest);
        made.extend(chosen(&ways, count, diameter_mm));
        last = n;
    }
    made
}

/// The shortest way, and others not much longer that lie far apart.
fn chosen(ways: &[Way], count: usize, diameter_mm: f64) -> Vec<Strut> {
    let Some(first) = ways.iter().min_by(|a, b| a.mm.total_cmp(&b.mm)) else { return Vec::new() };
    let limit = 2.0 * first.mm + LONGER_MM;
    let short: Vec<&Way> = ways.iter().filter(|way| way.mm <= limit).collect();
    let mut taken = vec![*first];
    while taken.len() < count {
        let apart = |way: &Way| {
            taken.iter().map(|t| t.from.distance(way.from)).fold(f64::INFINITY, f64::min)
        };
        // Half a mm shorter counts as much as one mm farther apart.
        let worth = |way: &Way| apart(way) - 2.0 * (way.mm - first.mm);
        let Some(best) = short.iter().max_by(|a, b| worth(a).total_cmp(&worth(b))) else { break };
        if apart(best) < 2.0 * diameter_mm {
            break;
        }
        taken.push(**best);
    }
    taken.iter().map(|way| Strut { from: way.from, to: way.to, diameter_mm }).collect()
}
