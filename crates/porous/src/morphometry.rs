//! The figures of a trabecular structure, by the names of the ASBMR.

use ossein_geom::Job;

use crate::anisotropy::{self, Fabric};
use crate::euler::{self, Euler};
use crate::surface;
use crate::thickness::{Spread, ThicknessError, ThicknessOptions, thickness};
use crate::voxels::{Beyond, Phase, Voxels};

/// The figures of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Morphometry {
    /// TV: volume of the image in mm³.
    pub total_mm3: f64,
    /// BV: volume of solid in mm³.
    pub bone_mm3: f64,
    /// BV/TV.
    pub bone_share: f64,
    /// BS: surface of the solid in mm², by Crofton's formula.
    pub surface_mm2: f64,
    /// BS/BV in 1/mm.
    pub surface_by_bone_per_mm: f64,
    /// BS/TV in 1/mm.
    pub surface_by_total_per_mm: f64,
    /// Tb.Th: local thickness of the solid.
    pub thickness: Spread,
    /// Tb.Sp: local thickness of the void; none of a body without void.
    pub separation: Option<Spread>,
    /// Tb.N in 1/mm: one over the sum of mean thickness and mean separation.
    pub number_per_mm: Option<f64>,
    /// Euler numbers, connectivity and Conn.D.
    pub euler: Euler,
    /// SMI: 0 for plates, 3 for rods, 4 for balls; negative where the solid encloses the void.
    pub structure_model_index: f64,
    /// The fabric with DA; none where the lines find no ellipsoid.
    pub fabric: Option<Fabric>,
}

/// How the figures are taken.
#[derive(Clone, Copy, Debug)]
pub struct MorphometryOptions {
    /// What lies beyond the faces: [`Beyond::Unseen`] for a region cut from a larger one.
    pub beyond: Beyond,
    /// Most bytes that may be held beside the image.
    pub byte_count_max: u64,
}

/// Measures an image of solid and void.
///
/// Thickness and separation take the spheres of [`thickness`]; surface and structure model index
/// the counts of [`surface::surface`] (`SMI = 12 BV M / BS²`, with `M` the integral of the mean
/// curvature); connectivity those of [`euler::euler`]; the degree of anisotropy the mean intercept
/// lengths of [`anisotropy::fabric`].
///
/// # Errors
/// [`ThicknessError`]: voxels that are no cubes, no solid, solid that nothing bounds, more memory
/// than is allowed, or the job's end.
///
/// # Source
/// Bouxsein et al.: J. Bone Miner. Res. 25 (2010) 1468-1486; for the structure model index
/// Hildebrand, Rüegsegger: Comput. Methods Biomech. Biomed. Eng. 1 (1997) 15-23. Facts D3.29,
/// D3.30.
pub fn morphometry(
    voxels: &Voxels,
    options: &MorphometryOptions,
    job: &Job,
) -> Result<Morphometry, ThicknessError> {
    let MorphometryOptions { beyond, byte_count_max } = *options;
    let local = |phase: Phase, label: &str| {
        let options = ThicknessOptions { phase, beyond, byte_count_max };
        thickness(voxels, &options, &job.labelled(label))
    };
    let thickness = local(Phase::Solid, "thickness")?;
    let separation = match voxels.holds(Phase::Void) {
        true => Some(local(Phase::Void, "separation")?),
        false => None,
    };
    let total_mm3 = voxels.voxel_count() as f64 * voxels.voxel_mm3();
    let bone_mm3 = voxels.solid_count() as f64 * voxels.voxel_mm3();
    let surface = surface::surface(voxels, beyond);
    let area = surface.area_mm2;
    Ok(Morphometry {
        total_mm3,
        bone_mm3,
        bone_share: bone_mm3 / total_mm3,
        surface_mm2: area,
        surface_by_bone_per_mm: area / bone_mm3,
        surface_by_total_per_mm: area / total_mm3,
        thickness,
        separation,
        number_per_mm: separation.map(|void| 1.0 / (thickness.mean_mm + void.mean_mm)),
        euler: euler::euler(voxels, beyond),
        structure_model_index: if area > 0.0 {
            12.0 * bone_mm3 * surface.mean_curvature_mm / (area * area)
        } else {
            0.0
        },
        fabric: anisotropy::fabric(voxels),
    })
}
