//! Lattices that change over space: in fraction, wall, strut or cell, along any map.

use std::f64::consts::TAU;
use std::sync::Arc;

use ossein_geom::{Aabb, Frame, Mm, Point, Vector};

use super::distance::Distances;
use super::level_set::LevelSet;
use super::struts::Axes;
use super::{Form, Kind, LatticeError, Shape, sizes};
use crate::Field;
use crate::map::Map;
use crate::scalar::Scalar;

/// How much solid there is at each place.
#[derive(Clone)]
pub enum Amount<F: Frame> {
    /// Solid over volume.
    Fraction(Arc<dyn Scalar<F>>),
    /// Wall or strut in mm; of a network, its largest diameter.
    Thickness(Arc<dyn Scalar<F>>),
}

/// A lattice that changes over space.
#[derive(Clone)]
pub struct Spec<F: Frame> {
    /// The lattice.
    pub kind: Kind,
    /// Edge of its cell, where no map stretches it.
    pub period: Mm,
    /// A corner of a cell, as drawn.
    pub origin: Point<F>,
    /// Bends the cells: between two surfaces, or larger and smaller.
    pub map: Option<Arc<dyn Map<F>>>,
    /// How much solid there is.
    pub amount: Amount<F>,
    /// Where the lattice will be used.
    pub region: Aabb<F>,
}

/// What the cell is made of.
enum Cell {
    Level(LevelSet),
    Sheet(Arc<Distances>),
    Struts(Arc<Axes>),
}

/// A function of one number between two ends, linear between even steps.
struct Curve {
    ends: [f64; 2],
    values: Vec<f64>,
}

/// A lattice graded and bent as its [`Spec`] says. Unbounded: intersect it with a body.
pub struct Graded<F: Frame> {
    spec: Spec<F>,
    cell: Cell,
    /// From the amount to level, or to thickness over period; `None` where thickness in mm is given.
    curve: Option<Curve>,
    /// Up to where distances follow the bent cell, and from where its greatest stretch, in drawn mm.
    follow_mm: [f64; 2],
    scale: f64,
}

impl Curve {
    fn new(ends: [f64; 2], step_count: usize, value: impl Fn(f64) -> f64) -> Self {
        // A curve of one point is that of a constant.
        let wide = if ends[1] - ends[0] < 1e-9 { [ends[0], ends[0] + 1e-9] } else { ends };
        let at = |n: usize| wide[0] + (wide[1] - wide[0]) * n as f64 / step_count as f64;
        Self { ends: wide, values: (0..=step_count).map(|n| value(at(n))).collect() }
    }

    fn at(&self, x: f64) -> f64 {
        let last = self.values.len() - 1;
        let t = (x - self.ends[0]) / (self.ends[1] - self.ends[0]) * last as f64;
        let t = t.clamp(0.0, last as f64);
        let low = (t as usize).min(last - 1);
        self.values[low] + (t - low as f64) * (self.values[low + 1] - self.values[low])
    }

    fn slope_max(&self) -> f64 {
        let step = (self.ends[1] - self.ends[0]) / (self.values.len() - 1) as f64;
        let rise = self.values.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f64::max);
        if rise == 0.0 { 0.0 } else { rise / step }
    }
}

impl<F: Frame> Amount<F> {
    fn scalar(&self) -> &dyn Scalar<F> {
        match self {
            Self::Fraction(scalar) | Self::Thickness(scalar) => &**scalar,
        }
    }
}

impl<F: Frame> Graded<F> {
    /// Makes the lattice.
    ///
    /// Where the map bends walls or struts, the factor that keeps the field from overestimating is
    /// found by looking at 20 000 places of the region, with a margin of 15 %.
    ///
    /// # Errors
    /// [`LatticeError`] where the lattice falls apart at one end of what is asked.
    pub fn new(spec: Spec<F>) -> Result<Self, LatticeError> {
        let asked = spec.amount.scalar().extremes();
        check(&spec, asked)?;
        let cell = match (spec.kind.form, &spec.kind.cell.shape) {
            (Form::Network, Shape::Level(surface)) => Cell::Level(*surface),
            (_, Shape::Level(surface)) => Cell::Sheet(sizes::surface_distances(surface).0),
            (_, Shape::Struts(_)) => Cell::Struts(sizes::axes(spec.kind)),
        };
        let curve = curve(&spec, asked);
        let thickest = match (&spec.amount, &curve) {
            (Amount::Fraction(_), Some(curve)) => curve.at(asked[1]) * spec.period.0,
            _ => asked[1],
        };
        let follow = 0.55 * thickest;
        let follow_mm = [follow, follow + 0.1 * spec.period.0];
        let mut graded = Self { spec, cell, curve, follow_mm, scale: 1.0 };
        graded.scale = 1.0 / graded.steepest();
        Ok(graded)
    }

    /// Upper bound of the slope of [`Graded::raw`].
    fn steepest(&self) -> f64 {
        let amount = self.spec.amount.scalar().slope_max();
        let stretch = self.spec.map.as_ref().map_or(1.0, |map| map.stretch_max());
        let by_curve = self.curve.as_ref().map_or(1.0, Curve::slope_max);
        match &self.cell {
            // Here the level counts, in the unit of the level function.
            Cell::Level(surface) => {
                let wave = TAU / self.spec.period.0;
                surface.gradient_max * wave * stretch + by_curve * amount
            }
            _ if self.spec.map.is_some() => 1.15 * self.steepest_seen(),
            Cell::Sheet(distances) => {
                1.0 / sizes::scale_of(distances) + 0.5 * by_curve * self.unit_mm() * amount
            }
            Cell::Struts(_) => 1.0 + 0.5 * by_curve * self.unit_mm() * amount,
        }
    }

    /// Millimetres for one unit of the curve.
    fn unit_mm(&self) -> f64 {
        if self.curve.is_some() { self.spec.period.0 } else { 1.0 }
    }

    /// The largest slope at evenly spread places of the region.
    fn steepest_seen(&self) -> f64 {
        const PLACE_COUNT: usize = 20_000;
        let (low, size) = (self.spec.region.min, self.spec.region.size());
        let step = 1e-4 * self.spec.period.0;
        let mut most: f64 = 1.0;
        for n in 0..PLACE_COUNT {
            let at = |a: usize, g: f64| low[a] + size[a] * (n as f64 * g).fract();
            // Even spread in three dimensions by the powers of the root of x^4 = x + 1.
            let p = Point::new(at(0, 0.819_172_5), at(1, 0.671_043_6), at(2, 0.549_700_5));
            let here = self.raw(p);
            let slope = |v: Vector<F>| (self.raw(p + v * step) - here) / step;
            let s = Vector::<F>::new(
                slope(Vector::new(1.0, 0.0, 0.0)),
                slope(Vector::new(0.0, 1.0, 0.0)),
                slope(Vector::new(0.0, 0.0, 1.0)),
            );
            most = most.max(s.norm());
        }
        most
    }

    /// The drawn place, and the rows of the map's slope.
    fn drawn(&self, p: Point<F>) -> (Vector<F>, [Vector<F>; 3]) {
        let unit =
            [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
        match &self.spec.map {
            None => (p - self.spec.origin, unit),
            Some(map) => (map.apply(p) - self.spec.origin, map.slope(p)),
        }
    }

    /// Wall or strut at a place, in mm.
    fn thickness(&self, p: Point<F>, slope: &[Vector<F>; 3]) -> f64 {
        let amount = self.spec.amount.scalar().at(p);
        let Some(curve) = &self.curve else { return amount };
        let volume = slope[0].cross(slope[1]).dot(slope[2]).abs().max(1e-9);
        let cell = if self.spec.map.is_none() { 1.0 } else { cube_root(volume) };
        curve.at(amount) * self.spec.period.0 / cell
    }

    /// The field before its slope is brought down to one.
    fn raw(&self, p: Point<F>) -> f64 {
        let (q, slope) = self.drawn(p);
        let period = self.spec.period.0;
        let place = q.array().map(|v| v / period);
        match &self.cell {
            Cell::Level(surface) => {
                let curve = self.curve.as_ref().expect("levels follow a curve");
                let level = curve.at(self.spec.amount.scalar().at(p));
                surface.value(place.map(|v| v * TAU)) - level
            }
            Cell::Sheet(distances) => {
                let (far, normal) = distances.at(place);
                let stretch = self.stretch(far.abs() * period, Vector::from(normal), &slope);
                far.abs() * period / stretch - 0.5 * self.thickness(p, &slope)
            }
            Cell::Struts(axes) => {
                let half = 0.5 * self.thickness(p, &slope);
                let (first, second) = match &self.spec.map {
                    None => {
                        let near = axes.near(place);
                        (f64::from(near.first) * period, f64::from(near.second) * period)
                    }
                    Some(_) => axes.near_by(place, |away| {
                        let away = Vector::<F>::from(away);
                        let far = away.norm() * period;
                        far / self.stretch(far, away, &slope)
                    }),
                };
                let fillet = 2.0 * sizes::FILLET * half;
                let overlap = (fillet - (second - first)).max(0.0);
                first - overlap * overlap / (4.0 * fillet.max(1e-12)) - half
            }
        }
    }

    /// How much the map stretches lengths along a drawn direction, near the surface; its greatest
    /// stretch far from it, where the direction may jump.
    fn stretch(&self, far_mm: f64, along: Vector<F>, slope: &[Vector<F>; 3]) -> f64 {
        let Some(map) = &self.spec.map else { return 1.0 };
        let along = along.unit();
        let here = (slope[0] * along.x + slope[1] * along.y + slope[2] * along.z).norm();
        let most = map.stretch_max();
        let [near, far] = self.follow_mm;
        let t = ((far_mm - near) / (far - near)).clamp(0.0, 1.0);
        let here = if here > 0.0 { here } else { most };
        here + t * (most - here)
    }
}

fn cube_root(v: f64) -> f64 {
    ossein_geom::float::pow(v, 1.0 / 3.0)
}

/// Whether the lattice holds at both ends of what is asked.
fn check<F: Frame>(spec: &Spec<F>, asked: [f64; 2]) -> Result<(), LatticeError> {
    let (min, max) = sizes::connected(spec.kind);
    let positive = |what, value: f64| {
        let bad = !(value > 0.0 && value < 1e3);
        let must_be = "more than zero, and at most 1000 mm";
        if bad { Err(LatticeError::BadNumber { what, value, must_be }) } else { Ok(()) }
    };
    positive("the period", spec.period.0)?;
    for value in asked {
        positive("the fraction or thickness", value)?;
        let fraction = match spec.amount {
            Amount::Fraction(_) => value,
            // A network's struts grow slowly with its fraction: its ends are checked on the curve.
            Amount::Thickness(_) if spec.kind.form == Form::Network => continue,
            Amount::Thickness(_) => sizes::fraction(spec.kind, spec.period, Mm(value)),
        };
        if !(min..=max).contains(&fraction) {
            return Err(LatticeError::FallsApart { cell: spec.kind.title(), fraction, min, max });
        }
    }
    Ok(())
}

/// From the amount to what the cell needs.
fn curve<F: Frame>(spec: &Spec<F>, asked: [f64; 2]) -> Option<Curve> {
    let (kind, period) = (spec.kind, spec.period);
    match (&spec.amount, kind.form) {
        (Amount::Fraction(_), Form::Network) => {
            Some(Curve::new(asked, 48, |fraction| sizes::level(kind, fraction)))
        }
        (Amount::Fraction(_), _) => {
            Some(Curve::new(asked, 48, |f| sizes::thickness(kind, Mm(1.0), f)))
        }
        (Amount::Thickness(_), Form::Network) => Some(Curve::new(asked, 8, |thickness| {
            sizes::level(kind, sizes::fraction(kind, period, Mm(thickness)))
        })),
        (Amount::Thickness(_), _) => None,
    }
}

impl<F: Frame> Field<F> for Graded<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.raw(p) * self.scale
    }
    fn bounds(&self) -> Aabb<F> {
        crate::everywhere()
    }
}
