//! All of a model before it is parted, and the pieces that cuts make of it.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::local::Local;
use ossein_field::mesh_distance::MeshField;
use ossein_field::sampled::Sampled;
use ossein_field::text::Text;
use ossein_geom::{Choices, Finding, Implant, Job, Lps, Mm, Rigid, TriMesh, Vector};
use ossein_mesh::measure::volume_mm3;
use ossein_mesh::{SimplifyOptions, extract, simplify};
use ossein_shape::Plane;
use ossein_shape::piece::pieces;

use super::cuts::{AROUND_MM, Peg, pegs, side};
use super::design::{Body, Inputs, Piece};
use super::errors::ModelError;
use super::hollow::{Hollow, hollow};
use super::letters::engraved;
use super::report;
use super::structures::{Structure, owners, territory};
use super::struts::{Strut, struts};
use super::surface::{Bone, Surface};

/// Pieces of a body smaller than this are specks between labels, mm³.
const SPECK_MM3: f64 = 0.5;

/// What all pieces are cut from.
pub(super) struct Block {
    solid: Bone,
    territories: Vec<Option<Arc<Sampled<Implant>>>>,
    pub struts: Vec<Strut>,
    pub hollow: Option<Hollow>,
    pub cuts: Vec<Plane<Implant>>,
    pub pegs: Vec<Peg>,
    wall_mm: f64,
    parted: bool,
}

impl Block {
    /// From the surface of all structures.
    pub fn new(
        inputs: &Inputs<'_>,
        placement: &Rigid<Lps, Implant>,
        surface: &Surface,
        (choices, step_mm): (&Choices, f64),
        findings: &mut Vec<Finding>,
        job: &Job,
    ) -> Result<Self, ModelError> {
        let placed = |cut: &Plane<Lps>| Plane {
            point: placement.apply(cut.point),
            normal: placement.turn(cut.normal).unit(),
        };
        let cuts: Vec<Plane<Implant>> = inputs.cuts.iter().map(placed).collect();
        met(&cuts, &surface.parts)?;
        let wall_mm = choices.number("model.wall_mm");
        let peg_mm = 0.5 * choices.number("model.peg_mm") + AROUND_MM + 1.0;
        let half_mm = (wall_mm + 2.0 * step_mm).max(peg_mm).max(3.0 * step_mm);
        let solid = surface.solid(step_mm, half_mm, job)?;
        let joined = choices.flag("model.join") && surface.parts.len() > 1;
        let struts = if joined { struts(&surface.parts, choices) } else { Vec::new() };
        report::struts(&struts, surface.parts.len(), findings);
        let hollow = hollow(&solid.band, choices, job)?;
        if wall_mm > 0.0 && hollow.is_none() {
            findings.push(report::no_hollow(wall_mm));
        }
        let mut taken = Vec::new();
        for n in 0..cuts.len() {
            let (found, deepest_mm) = pegs(&solid.band, &cuts, n, choices);
            findings.extend(report::pegs(n, &found, deepest_mm, choices));
            taken.extend(found);
        }
        let several = inputs.parted && inputs.structures.len() > 1;
        let territories = if several { territories(inputs, placement) } else { Vec::new() };
        Ok(Self {
            solid,
            territories,
            struts,
            hollow,
            cuts,
            pegs: taken,
            wall_mm,
            parted: inputs.parted,
        })
    }

    /// All of the model, whole.
    fn joined(&self) -> Solid<Implant> {
        let mut parts: Vec<Solid<Implant>> = vec![Box::new(self.solid.clone())];
        parts.extend(self.struts.iter().map(Strut::solid));
        Box::new(Union::new(parts))
    }

    /// The same, hollow where it shall be.
    fn shell(&self) -> Solid<Implant> {
        let Some(hollow) = &self.hollow else { return self.joined() };
        let cut = Box::new(hollow.solid.clone());
        let shell = Box::new(Difference { from: self.joined(), cut });
        let mut parts: Vec<Solid<Implant>> = vec![shell];
        for peg in &self.pegs {
            parts.push(Box::new(Intersection(vec![peg.seat(), Box::new(self.solid.clone())])));
        }
        Box::new(Union::new(parts))
    }

    /// What lies on some sides of the cuts, with its pegs, holes and drains.
    fn part(&self, above: &[bool]) -> Solid<Implant> {
        let mut common = side(&self.cuts, above);
        common.insert(0, self.shell());
        let mut made: Vec<Solid<Implant>> = vec![Box::new(Intersection(common))];
        let mut cut: Vec<Solid<Implant>> = Vec::new();
        for peg in &self.pegs {
            let ours = self.cuts.iter().zip(above).enumerate().all(|(n, (cut, above))| {
                n == peg.cut || (cut.height_mm(peg.point) > 0.0) == *above
            });
            match (ours, above[peg.cut]) {
                (true, false) => made.push(peg.solid()),
                (true, true) => cut.push(peg.hole()),
                (false, _) => {}
            }
        }
        let drains = self.hollow.iter().flat_map(|hollow| &hollow.drains);
        cut.extend(drains.map(|drain| drain.solid(self.wall_mm)));
        let from: Solid<Implant> = Box::new(Union::new(made));
        if cut.is_empty() {
            return from;
        }
        Box::new(Difference { from, cut: Box::new(Union::new(cut)) })
    }

    /// One piece, and what is engraved in it; none where nothing lies on those sides.
    pub fn piece(
        &self,
        above: &[bool],
        id: &str,
        (structures, surface): (&[Structure], &Surface),
        (choices, step_mm): (&Choices, f64),
        job: &Job,
    ) -> Result<Option<(Piece, Option<String>)>, ModelError> {
        let taken =
            |field: &dyn Field<Implant>| extract(field, &surface.samples(field, step_mm), job);
        let finish = |mesh: TriMesh<Implant>| finished(mesh, choices, job);
        let mut solid: Arc<dyn Field<Implant>> = self.part(above).into();
        let mut rough = taken(&*solid)?;
        if rough.triangles.is_empty() {
            return Ok(None);
        }
        if let Some(mended) = mended(&solid, &rough, (choices, step_mm))? {
            solid = mended;
            rough = taken(&*solid)?;
        }
        let engrave = choices.flag("model.engrave");
        let text = if engrave { lettered(id, &*solid, &rough, choices)? } else { None };
        let engraved = text.as_ref().map(|_| id.to_owned());
        if let Some(text) = text {
            let cut: Solid<Implant> = Box::new(text);
            solid = Arc::new(Difference { from: Box::new(solid), cut });
            rough = taken(&*solid)?;
        }
        let mut bodies = Vec::new();
        for (structure, field) in self.bodies(&solid, structures.len()) {
            push_body(&mut bodies, structure, taken(&*field)?, finish)?;
        }
        let (down, away) = self.ways(above);
        Ok(Some((Piece { whole: finish(rough)?, bodies, away, down }, engraved)))
    }

    /// What belongs to each structure of a piece, and to its struts; none where all is one.
    fn bodies(
        &self,
        solid: &Arc<dyn Field<Implant>>,
        count: usize,
    ) -> Vec<(Option<usize>, Solid<Implant>)> {
        if !self.parted || (count == 1 && self.struts.is_empty()) {
            return Vec::new();
        }
        let mut bodies: Vec<(Option<usize>, Solid<Implant>)> = Vec::new();
        for n in 0..count {
            let mut common: Vec<Solid<Implant>> =
                vec![Box::new(solid.clone()), Box::new(self.solid.clone())];
            match self.territories.get(n) {
                Some(Some(own)) => common.push(Box::new(own.clone())),
                Some(None) => continue,
                None => {}
            }
            bodies.push((Some(n), Box::new(Intersection(common))));
        }
        if !self.struts.is_empty() {
            let cut = Box::new(self.solid.clone());
            bodies.push((None, Box::new(Difference { from: Box::new(solid.clone()), cut })));
        }
        bodies
    }

    /// What lies on the plate, and the way on which a piece is drawn apart.
    fn ways(&self, above: &[bool]) -> (Vector<Implant>, Vector<Implant>) {
        let pegged = self.pegs.iter().any(|peg| peg.cut == 0);
        let down = match (self.cuts.first(), above.first()) {
            (Some(cut), Some(true)) => -cut.normal,
            (Some(cut), _) if !pegged => cut.normal,
            _ => Vector::new(0.0, 0.0, -1.0),
        };
        let none = Vector::new(0.0, 0.0, 0.0);
        let side = |above: &bool| if *above { 1.0 } else { -1.0 };
        let sides = self.cuts.iter().zip(above);
        let away = sides.fold(none, |sum, (cut, above)| sum + cut.normal * side(above));
        (down, away)
    }
}

/// The same without the chips that a cut leaves, and without the voids that hollowing and cutting
/// have closed off, which resin could not leave; none where there are neither.
///
/// Their surfaces are those of the samples, so that on the same samples they are exactly gone.
fn mended(
    solid: &Arc<dyn Field<Implant>>,
    mesh: &TriMesh<Implant>,
    (choices, step_mm): (&Choices, f64),
) -> Result<Option<Arc<dyn Field<Implant>>>, ModelError> {
    // Two steps away no sample meets a surface any more.
    let near = |part: &TriMesh<Implant>| -> Result<Solid<Implant>, ModelError> {
        Ok(Box::new(Local::new(Box::new(MeshField::new(part)?), 2.0 * step_mm)))
    };
    let chip_mm3 = choices.number("model.crumb_mm3");
    let fill = choices.flag("model.fill_voids");
    let parts = pieces(mesh);
    let volumes: Vec<f64> = parts.iter().map(volume_mm3).collect();
    let most_mm3 = volumes.iter().copied().fold(0.0, f64::max);
    let mut made: Vec<Solid<Implant>> = vec![Box::new(solid.clone())];
    let mut cut: Vec<Solid<Implant>> = Vec::new();
    for (mut part, mm3) in parts.into_iter().zip(volumes) {
        if mm3 < 0.0 && fill {
            part.triangles.iter_mut().for_each(|t| t.swap(1, 2));
            made.push(near(&part)?);
        } else if mm3 >= 0.0 && mm3 < chip_mm3.min(most_mm3) {
            cut.push(near(&part)?);
        }
    }
    if made.len() == 1 && cut.is_empty() {
        return Ok(None);
    }
    let whole = Union::new(made);
    Ok(Some(if cut.is_empty() {
        Arc::new(whole)
    } else {
        Arc::new(Difference { from: Box::new(whole), cut: Box::new(Union::new(cut)) })
    }))
}

/// Adds a body without the specks that lie where labels meet.
fn push_body(
    bodies: &mut Vec<Body>,
    structure: Option<usize>,
    mesh: TriMesh<Implant>,
    finish: impl Fn(TriMesh<Implant>) -> Result<TriMesh<Implant>, ModelError>,
) -> Result<(), ModelError> {
    let mut kept = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    for piece in pieces(&mesh) {
        if volume_mm3(&piece).abs() >= SPECK_MM3 {
            kept.append(&piece);
        }
    }
    if !kept.triangles.is_empty() {
        bodies.push(Body { structure, mesh: finish(kept)? });
    }
    Ok(())
}

fn finished(
    mesh: TriMesh<Implant>,
    choices: &Choices,
    job: &Job,
) -> Result<TriMesh<Implant>, ModelError> {
    let max_error = choices.number("model.simplify_mm");
    if max_error <= 0.0 {
        return Ok(mesh);
    }
    let options = SimplifyOptions { max_error: Mm(max_error), triangle_count_min: 0 };
    Ok(simplify(&mesh, &options, job)?.mesh)
}

fn lettered(
    id: &str,
    solid: &dyn Field<Implant>,
    mesh: &TriMesh<Implant>,
    choices: &Choices,
) -> Result<Option<Text<Implant>>, ModelError> {
    let height_mm = choices.number("model.letter_mm");
    for height_mm in [height_mm, 0.75 * height_mm, 3.0] {
        if let Some(text) = engraved(id, height_mm, solid, mesh)? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The space of each structure; none for one that has no voxel.
fn territories(
    inputs: &Inputs<'_>,
    placement: &Rigid<Lps, Implant>,
) -> Vec<Option<Arc<Sampled<Implant>>>> {
    let Inputs { labels, structures, .. } = *inputs;
    let owners = owners(labels, structures);
    let one = |n| territory(labels, &owners, structures, n, placement).map(Arc::new);
    (0..structures.len()).map(one).collect()
}

/// Every cut has something on both sides.
fn met(cuts: &[Plane<Implant>], parts: &[TriMesh<Implant>]) -> Result<(), ModelError> {
    for (n, cut) in cuts.iter().enumerate() {
        let vertices = parts.iter().flat_map(|part| &part.vertices);
        let heights = vertices.map(|&p| cut.height_mm(p));
        let (low_mm, high_mm) = heights
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), h| (low.min(h), high.max(h)));
        if low_mm >= 0.0 || high_mm <= 0.0 {
            return Err(ModelError::Missed { number: n + 1, low_mm, high_mm });
        }
    }
    Ok(())
}
