//! A hollow inside, and the holes that empty it.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::band::{Band, BandOptions, band};
use ossein_field::boolean::Solid;
use ossein_field::mesh_distance::MeshField;
use ossein_field::operators::Offset;
use ossein_field::primitive::Cone;
use ossein_geom::{Choices, Implant, Job, Mm, Point, TriMesh, Vector};
use ossein_mesh::extract;
use ossein_mesh::extract::samples_around;
use ossein_mesh::measure::volume_mm3;
use ossein_shape::piece::pieces;
use serde::{Deserialize, Serialize};

use super::errors::ModelError;

/// Hollows smaller than this stay full, mm³: they save nothing and trap resin.
const HOLLOW_MM3_MIN: f64 = 300.0;

/// A hole from outside into a hollow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drain {
    /// Where it meets the hollow.
    pub point: Point<Implant>,
    /// Out of the model; unit.
    pub out: Vector<Implant>,
    /// Its diameter.
    pub diameter_mm: f64,
}

/// The hollows of a model.
pub(super) struct Hollow {
    pub solid: Arc<Band<Implant>>,
    pub drains: Vec<Drain>,
    pub count: usize,
    pub volume_mm3: f64,
}

/// The hollows of a solid; none where its walls would meet everywhere.
pub(super) fn hollow(
    solid: &Arc<Band<Implant>>,
    choices: &Choices,
    job: &Job,
) -> Result<Option<Hollow>, ModelError> {
    let wall_mm = choices.number("model.wall_mm");
    if wall_mm <= 0.0 {
        return Ok(None);
    }
    let step_mm = solid.step_mm();
    let inside = Offset { inner: solid.clone(), by_mm: -wall_mm };
    let mesh = extract(&inside, &samples_around(&inside, step_mm), job)?;
    let mut kept = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    let (mut drains, mut count) = (Vec::new(), 0);
    for piece in pieces(&mesh) {
        let mm3 = volume_mm3(&piece);
        // What faces inwards is solid left within a hollow.
        if mm3 > 0.0 && mm3 < HOLLOW_MM3_MIN {
            continue;
        }
        if mm3 > 0.0 {
            count += 1;
            drains.extend(ends(&piece).map(|p| drain(solid, p, choices)));
        }
        kept.append(&piece);
    }
    if count == 0 {
        return Ok(None);
    }
    let volume_mm3 = volume_mm3(&kept);
    let options = BandOptions { step: Mm(step_mm), half_width: Mm(3.0 * step_mm) };
    let solid = Arc::new(band(&MeshField::new(&kept)?, &options, job)?);
    Ok(Some(Hollow { solid, drains, count, volume_mm3 }))
}

/// Its lowest place, and the one farthest from that.
fn ends(piece: &TriMesh<Implant>) -> [Point<Implant>; 2] {
    let vertices = &piece.vertices;
    let low = vertices.iter().min_by(|a, b| a.z.total_cmp(&b.z)).copied();
    let low = low.unwrap_or(Point::ORIGIN);
    let far = vertices.iter().max_by(|a, b| a.distance(low).total_cmp(&b.distance(low)));
    [low, far.copied().unwrap_or(low)]
}

fn drain(solid: &Arc<Band<Implant>>, point: Point<Implant>, choices: &Choices) -> Drain {
    Drain {
        point,
        out: slope(&**solid, point, solid.step_mm()),
        diameter_mm: choices.number("model.drain_mm"),
    }
}

/// The way out of a solid from a place; unit.
pub(super) fn slope(
    solid: &dyn Field<Implant>,
    p: Point<Implant>,
    step_mm: f64,
) -> Vector<Implant> {
    let along = |a: usize| {
        let mut d = [0.0; 3];
        d[a] = step_mm;
        let d = Vector::new(d[0], d[1], d[2]);
        solid.distance(p + d) - solid.distance(p - d)
    };
    let slope = Vector::new(along(0), along(1), along(2));
    if slope.norm() > 0.0 { slope.unit() } else { Vector::new(0.0, 0.0, -1.0) }
}

impl Drain {
    /// The hole, from inside the hollow to outside.
    pub(super) fn solid(&self, wall_mm: f64) -> Solid<Implant> {
        let (from, to) = (self.point - self.out * 1.5, self.point + self.out * (wall_mm + 2.0));
        Box::new(Cone::cylinder(from, to, 0.5 * self.diameter_mm))
    }
}
