//! How the head lies: its plane of symmetry, its left, and its jaw.

use ossein_anatomy::sides::of_skull;
use ossein_anatomy::{Jaw, JawError, Sides, VaultError, jaw, vault};
use ossein_geom::{Finding, Job, Lps, Vector};
use ossein_shape::symmetry::SymmetryError;
use ossein_shape::{MeshSurface, Plane, Symmetry, SymmetryOptions, symmetry_plane};

use super::error::PlanError;
use super::plan::Bone;
use super::region::Head;
use crate::sides::header;

/// How the head lies.
pub(super) struct Lie {
    pub jaw: Option<Jaw>,
    /// Its normal points to the left.
    pub symmetry: Option<Symmetry<Lps>>,
    /// Why there is none.
    pub no_symmetry: Option<String>,
    /// None where nothing tells the front of the head from its back.
    pub sides: Option<Sides>,
    /// What regions of the face are told by.
    pub head: Option<Head>,
    pub findings: Vec<Finding>,
}

impl Lie {
    /// Measures the jaw, finds the plane of symmetry, and tells left from right: by the jaw, else
    /// by the teeth, else by the face.
    pub fn of(bone: &Bone, surface: &MeshSurface<'_, Lps>, job: &Job) -> Result<Self, PlanError> {
        let mut findings = Vec::new();
        let jaw = match bone.jaw.map(|labels| jaw(&labels, job)).transpose() {
            Ok(found) => found,
            Err(JawError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                let message = format!("the jaw could not be measured: {error}");
                findings.push(Finding::warning("plan.no_jaw", "jaw", message));
                None
            }
        };
        let (mut symmetry, no_symmetry) = match &jaw {
            Some(jaw) => (Some(jaw.symmetry), None),
            None => midline(surface, job)?,
        };
        let (mut sides, head) = match &jaw {
            Some(jaw) => (Some(jaw.sides()), None),
            None => of_head(bone, symmetry.as_ref(), job)?,
        };
        sides = sides.or(bone.arch);
        if let Some(symmetry) = &mut symmetry {
            let normal = symmetry.plane.normal;
            let as_header = if normal.x < 0.0 { -normal } else { normal };
            symmetry.plane.normal = sides.map_or(as_header, |s| s.to_the_left(normal));
        }
        findings.extend(sides.as_ref().and_then(header));
        Ok(Self { jaw, symmetry, no_symmetry, sides, head, findings })
    }

    /// To the patient's left, as far as it is known.
    pub fn left(&self) -> Vector<Lps> {
        let as_header = Vector::new(1.0, 0.0, 0.0);
        let told = || self.sides.map_or(as_header, |sides| sides.left);
        self.symmetry.map_or_else(told, |symmetry| symmetry.plane.normal)
    }
}

/// The plane of symmetry, or why there is none.
fn midline(
    surface: &MeshSurface<'_, Lps>,
    job: &Job,
) -> Result<(Option<Symmetry<Lps>>, Option<String>), PlanError> {
    let left = Vector::new(1.0, 0.0, 0.0);
    let start = Some(Plane { point: surface.mesh().bounds().center(), normal: left });
    let options = SymmetryOptions { start, ..SymmetryOptions::default() };
    match symmetry_plane(surface, &options, job) {
        Ok(symmetry) => Ok((Some(symmetry), None)),
        Err(SymmetryError::Cancelled(cancelled)) => Err(cancelled.into()),
        Err(error) => Ok((None, Some(error.to_string()))),
    }
}

/// Left and right by the face, and the vault that regions are told by, where both are there.
fn of_head(
    bone: &Bone,
    symmetry: Option<&Symmetry<Lps>>,
    job: &Job,
) -> Result<(Option<Sides>, Option<Head>), PlanError> {
    let vault = match vault(bone.volume, bone.level, job) {
        Ok(vault) => vault,
        Err(VaultError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(VaultError::None { .. }) => return Ok((None, None)),
    };
    let across = Plane { point: vault.middle, normal: Vector::new(1.0, 0.0, 0.0) };
    let midline = symmetry.map_or(across, |symmetry| symmetry.plane);
    let sides = of_skull(bone.volume, bone.level, &vault, &midline);
    Ok((sides, sides.map(|sides| Head { vault, sides, midline })))
}
