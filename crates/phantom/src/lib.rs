//! A patient made in code: T6 to T10 with rib heads, discs, canal and a lytic lesion, scanned by a
//! scanner made in code, and the truth that every later step can be held against.

pub mod bone;
pub mod scan;
pub mod spine;
pub mod tooth;
pub mod truth;

use ossein_geom::{Cancelled, Job, Lps, Volume};

pub use bone::Bones;
pub use spine::{Spine, VertebraPose};
pub use truth::{Truth, VertebraTruth};

/// What the phantom is made of.
#[derive(Clone, Copy, Debug)]
pub struct PhantomOptions {
    /// Seed of the noise.
    pub seed: u64,
    /// Voxel edges of the scan, mm.
    pub spacing_mm: [f64; 3],
    /// Standard deviation of the noise, HU.
    pub noise_hu: f64,
    /// Standard deviation of the point spread beyond the voxel itself, mm: in the slice, across it.
    pub spread_mm: [f64; 2],
}

impl Default for PhantomOptions {
    fn default() -> Self {
        Self { seed: 1, spacing_mm: [0.78, 0.78, 1.0], noise_hu: 20.0, spread_mm: [0.45, 0.35] }
    }
}

/// A scanned patient and the truth about it.
pub struct Phantom {
    /// The scan in HU.
    pub hu: Volume<i16>,
    /// The lesion: 1 inside.
    pub tumour: Volume<u16>,
    /// The bones as solids.
    pub bones: Vec<Bones<Lps>>,
    /// Planes, landmarks, volumes.
    pub truth: Truth,
}

/// Makes the thoracic phantom.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn thoracic(options: &PhantomOptions, job: &Job) -> Result<Phantom, Cancelled> {
    let spine = Spine::thoracic();
    let bones: Vec<Bones<Lps>> = spine.vertebrae.iter().map(Bones::new).collect();
    let hu = scan::hounsfield(&spine, &bones, options, job)?;
    let tumour = scan::tumour(&hu.grid, &spine);
    let truth = truth::measure(&spine, &bones, job)?;
    Ok(Phantom { hu, tumour, bones, truth })
}
