//! What a lattice that changes follows: `--porosity 0.8:0.5 --along depth --between 0:4`.

use std::path::Path;
use std::sync::Arc;

use ossein_field::ends::Ends;
use ossein_field::lattice::{Amount, Graded, Periods, Spec};
use ossein_field::map::{Between, Map};
use ossein_field::mesh_distance::MeshField;
use ossein_field::scalar::{Mapping, Scalar, Table};
use ossein_field::{Block, Field, boolean::Solid};
use ossein_geom::{Aabb, Finding, Grid, Job, Lps, Mm, Point, TriMesh, Volume, float};

use rayon::prelude::*;

use super::wishes::{Plans, span};
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted};
use crate::plain::{memory, part};

/// Places along the longest edge of the body at which depth and distance are measured.
const NODE_COUNT: f64 = 96.0;
/// Cells that are off by more than this part of their size are worth a warning.
const UNLIKE_MAX: f64 = 0.1;
/// Lines of a cell's width on which the body's end faces are looked at.
const LINES_PER_CELL: f64 = 8.0;

/// How a lattice changes through its body.
#[derive(clap::Args)]
pub struct Grading {
    /// What a lattice whose wish is FROM:TO follows: `depth` beneath the body's surface; `x`, `y`
    /// or `z` from the body's low end; the values of an image; the distance to another surface.
    #[arg(long, value_name = "WHAT")]
    along: Option<String>,
    /// Where FROM and TO are reached; all that there is in the body by default.
    #[arg(long, value_name = "FROM:TO", value_parser = span, requires = "along",
          allow_hyphen_values = true)]
    between: Option<[f64; 2]>,
    /// Stretch cells along z so that whole ones end at both faces of the body.
    #[arg(long)]
    conformal: bool,
}

/// What is followed, from 0 to 1, and between which values of it.
pub struct Followed {
    scalar: Arc<dyn Scalar<Lps>>,
    /// Values of what is followed at 0 and at 1.
    pub between: [f64; 2],
}

impl Grading {
    /// That a lattice follows something exactly where it changes.
    ///
    /// # Errors
    /// What is missing, or too much.
    pub fn check(&self, plans: &Plans) -> Result<(), AnyError> {
        match (plans.change(), &self.along) {
            (true, None) => Err("a wish is FROM:TO: --along says what the lattice follows".into()),
            (false, Some(_)) => Err("--along: no wish is FROM:TO, nothing changes".into()),
            _ if self.conformal && even_period(plans).is_none() => {
                Err("--conformal: cells that change their size cannot follow the faces too".into())
            }
            _ => Ok(()),
        }
    }

    /// What the lattice follows, if it changes.
    ///
    /// # Errors
    /// The file and what is wrong with it; values that are all alike.
    pub fn followed(
        &self,
        body: &TriMesh<Lps>,
        job: &Job,
    ) -> Result<(Option<Followed>, Option<Finding>), AnyError> {
        let Some(along) = &self.along else { return Ok((None, None)) };
        let measured = measured(along, body, job)?;
        let beyond = (!holds(&measured.grid.bounds(), &body.bounds())).then(|| {
            let text = format!("{along} ends before the body: beyond it its last values go on");
            Finding::warning("lattice.beyond", "grading", text)
        });
        let between = match self.between {
            Some(between) => between,
            None => extremes(&measured, along, body, job)?,
        };
        if !(between[0] != between[1]) {
            return Err(format!("--along {along}: it is {} all over the body", between[0]).into());
        }
        let scalar: Arc<dyn Scalar<Lps>> = Arc::new(Mapping::new(measured, between, [0.0, 1.0]));
        Ok((Some(Followed { scalar, between }), beyond))
    }

    /// The lattice that the plans describe, all through the body's box.
    ///
    /// # Errors
    /// What cannot be bent or made.
    pub fn solid(
        &self,
        plans: &Plans,
        followed: Option<&Followed>,
        body: &TriMesh<Lps>,
        job: &Job,
    ) -> Result<(Solid<Lps>, Option<Finding>), AnyError> {
        let first = plans.ends()[0];
        if followed.is_none() && !self.conformal {
            return Ok((first.solid(Point::ORIGIN), None));
        }
        let table = |value: &dyn Fn(usize) -> f64| -> Arc<dyn Scalar<Lps>> {
            let values: Vec<f64> = (0..plans.all().len()).map(value).collect();
            match followed {
                Some(followed) => Arc::new(Table { of: Arc::clone(&followed.scalar), values }),
                None => Arc::new(values[0]),
            }
        };
        let fraction = table(&|n| plans.all()[n].solid_fraction);
        let region = body.bounds();
        let (mut period, mut sizes) = (first.period_mm, None);
        let map: Option<Arc<dyn Map<Lps>>> = if self.conformal {
            Some(Arc::new(between_faces(body, period)?))
        } else if even_period(plans).is_none() {
            let [first, last] = plans.ends();
            period = (first.period_mm * last.period_mm).sqrt();
            let periods = table(&|n| plans.all()[n].period_mm);
            let job = job.labelled("cells");
            let map = Periods::new(region, Mm(period), &*periods, &job)?;
            sizes = Some(fitted(&map, period, &*periods, body));
            Some(Arc::new(map))
        } else {
            None
        };
        let graded = Graded::new(Spec {
            kind: first.kind,
            period: Mm(period),
            origin: Point::ORIGIN,
            map,
            amount: Amount::Fraction(fraction),
            region,
        })?;
        Ok((Box::new(graded), sizes))
    }
}

/// The period of all plans, where they have one.
fn even_period(plans: &Plans) -> Option<f64> {
    let first = plans.all()[0].period_mm;
    plans.all().iter().all(|plan| (plan.period_mm / first - 1.0).abs() < 1e-6).then_some(first)
}

/// How large cells come out that change their size and yet have to meet their neighbours.
fn fitted(
    map: &dyn Map<Lps>,
    drawn_mm: f64,
    wanted: &dyn Scalar<Lps>,
    body: &TriMesh<Lps>,
) -> Finding {
    let made = at_nodes(body, |nodes, values| {
        nodes.fill(values, |p| {
            let [a, b, c] = map.slope(p);
            drawn_mm / float::pow(a.cross(b).dot(c).abs().max(1e-9), 1.0 / 3.0)
        });
    });
    let places = (0..made.values.len()).map(|n| made.grid.center(made.grid.voxel(n)));
    let off = places.zip(&made.values).map(|(p, made)| f64::from(*made) / wanted.at(p) - 1.0);
    let rms = (off.map(|off| off * off).sum::<f64>() / made.values.len() as f64).sqrt();
    let mut sorted = made.values;
    sorted.sort_unstable_by(f32::total_cmp);
    let [low, high] = [0.05, 0.95].map(|part| sorted[(part * sorted.len() as f64) as usize]);
    let [from, to] = wanted.extremes();
    let text = format!(
        "cells measure {low:.2} to {high:.2} mm where {from:.2} to {to:.2} mm are wanted, off by \
         {:.0} % in the mean square: each has to meet its neighbours",
        100.0 * rms
    );
    let unlike = rms > UNLIKE_MAX;
    let told = if unlike { Finding::warning } else { Finding::note };
    told("lattice.cells", "grading", text).measured(rms, UNLIKE_MAX, "")
}

/// Stretches whole cells between the end faces of a body along z.
fn between_faces(body: &TriMesh<Lps>, period_mm: f64) -> Result<Between, AnyError> {
    let [low, high] = Ends::new(body, 2, period_mm / LINES_PER_CELL).into_heights();
    let gaps = low.values.iter().zip(&high.values).map(|(low, high)| f64::from(high - low));
    let mean = gaps.sum::<f64>() / low.values.len() as f64;
    let count = (mean / period_mm).round().max(1.0);
    let bent = Between::new(low, high, count * period_mm);
    bent.map_err(|e| format!("--conformal: {e}").into())
}

/// Values of what is followed, around the body.
fn measured(along: &str, body: &TriMesh<Lps>, job: &Job) -> Result<Volume<f32, Lps>, AnyError> {
    let axis = ["x", "y", "z"].iter().position(|name| *name == along);
    if let Some(axis) = axis {
        let foot = body.bounds().min[axis];
        return Ok(at_nodes(body, |nodes, values| nodes.fill(values, |p| p[axis] - foot)));
    }
    if along == "depth" {
        let field = MeshField::new(body)?;
        job.labelled("depth").step(0, 1)?;
        let mut depth = at_nodes(body, |nodes, values| field.sample(nodes, values));
        depth.values.iter_mut().for_each(|v| *v = 0.0 - *v);
        return Ok(depth);
    }
    let path = Path::new(along);
    if !path.exists() {
        let words = "`depth`, `x`, `y`, `z`, or a file";
        return Err(format!("--along {along}: there is no such file; it is {words}").into());
    }
    if image::is_mesh(path) {
        let other = part::read(path)?;
        let field = MeshField::new(&other).map_err(|e| format!("{along}: {e}"))?;
        job.labelled("distance").step(0, 1)?;
        let mut away = at_nodes(body, |nodes, values| field.sample(nodes, values));
        away.values.iter_mut().for_each(|v| *v = v.abs());
        return Ok(away);
    }
    let image = image::read(&Wanted {
        path,
        voxel_mm: None,
        array: None,
        needs: &image::two_copies,
        byte_count_max: memory::available(),
    })?;
    Ok(Volume::new(image.grid, image.values.into_f32()))
}

/// A volume around the body whose planes `fill` gives.
fn at_nodes(
    body: &TriMesh<Lps>,
    fill: impl Fn(&Block<Lps>, &mut [f32]) + Sync,
) -> Volume<f32, Lps> {
    let nodes = nodes(body);
    let [ni, nj, _] = nodes.size;
    let mut values = vec![0.0; nodes.sample_count()];
    values.par_chunks_mut(ni * nj).enumerate().for_each(|(k, plane)| {
        fill(&Block { origin: nodes.point(0, 0, k), size: [ni, nj, 1], ..nodes }, plane);
    });
    Volume::new(Grid::aligned(nodes.origin, nodes.step, nodes.size), values)
}

/// Places all over the body's box, its faces among them.
fn nodes(body: &TriMesh<Lps>) -> Block<Lps> {
    let bounds = body.bounds();
    let extent = bounds.size().array();
    let edge = extent.iter().copied().fold(0.0, f64::max) / NODE_COUNT;
    let counts = extent.map(|length| (length / edge).ceil().max(1.0));
    Block {
        origin: bounds.min,
        step: [0, 1, 2].map(|a| (extent[a] / counts[a]).max(1e-9)),
        size: counts.map(|n| n as usize + 1),
    }
}

/// Whether one box lies in the other, but for what rounding takes.
fn holds(outer: &Aabb<Lps>, inner: &Aabb<Lps>) -> bool {
    let outer = outer.grow(1e-3);
    outer.contains(inner.min) && outer.contains(inner.max)
}

/// The lowest and the highest value in the body.
fn extremes(
    measured: &Volume<f32, Lps>,
    along: &str,
    body: &TriMesh<Lps>,
    job: &Job,
) -> Result<[f64; 2], AnyError> {
    let solid = MeshField::new(body)?;
    job.labelled("range").step(0, 1)?;
    let away = at_nodes(body, |nodes, values| solid.sample(nodes, values));
    let inside = (0..away.values.len()).filter(|&n| away.values[n] <= 0.0);
    let values = inside.map(|n| measured.sample(away.grid.center(away.grid.voxel(n))));
    // What rounding leaves of nought is none.
    let values = values.map(|v| if v.abs() < 1e-6 { 0.0 } else { v });
    let [low, high] =
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], v| [l.min(v), h.max(v)]);
    if low > high {
        return Err(format!("--along {along}: the body is too thin: give --between").into());
    }
    Ok([low, high])
}
