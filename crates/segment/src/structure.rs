//! Labels, the structures they name, and what can go wrong while making them.

use ossein_geom::{Aabb, Cancelled, Grid, Level, Lps, Point, Volume};
use serde::{Deserialize, Serialize};

/// Label of the spinal canal.
pub const CANAL: u16 = 61;
/// Label of bone that belongs to none of the wanted vertebrae: ribs, neighbours, limbs.
pub const OTHER_BONE: u16 = 90;
/// Added to a level's number, the label of its posterior elements.
pub const ARCH_OFFSET: u16 = 100;

/// Label of a vertebral body: VerSe's number of the level.
pub fn body_label(level: Level) -> u16 {
    level.verse()
}

/// Label of the posterior elements of a level: pedicles, laminae and all processes.
pub fn arch_label(level: Level) -> u16 {
    ARCH_OFFSET + level.verse()
}

/// The level whose body or arch carries `label`.
pub fn level_of(label: u16) -> Option<Level> {
    Level::from_verse(label).or_else(|| Level::from_verse(label.checked_sub(ARCH_OFFSET)?))
}

/// The name that reports carry: `T3 body`, `T3 arch`, `canal`, `other bone`.
pub fn name_of(label: u16) -> String {
    match (Level::from_verse(label), level_of(label)) {
        (Some(level), _) => format!("{level} body"),
        (None, Some(level)) => format!("{level} arch"),
        _ if label == CANAL => "canal".into(),
        _ if label == OTHER_BONE => "other bone".into(),
        _ => format!("label {label}"),
    }
}

/// A scan in which every voxel of interest knows its structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// On the scan's grid: 0 is nothing; [`body_label`], [`arch_label`], [`CANAL`],
    /// [`OTHER_BONE`].
    pub labels: Volume<u16>,
    /// One entry per label that occurs, bodies first, by ascending label.
    pub structures: Vec<Structure>,
}

impl Segmentation {
    /// The structure with this label, if it occurs.
    pub fn structure(&self, label: u16) -> Option<&Structure> {
        self.structures.iter().find(|s| s.label == label)
    }

    /// Levels whose body occurs, cranial to caudal.
    pub fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> =
            self.structures.iter().filter_map(|s| Level::from_verse(s.label)).collect();
        levels.sort();
        levels
    }
}

/// Figures of one structure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// Its value in the label volume.
    pub label: u16,
    /// `T3 body`, `T3 arch`, `canal`, `other bone`.
    pub name: String,
    /// The vertebra it belongs to, if any.
    pub level: Option<Level>,
    /// Voxels that carry the label.
    pub voxel_count: usize,
    /// Volume in mm³; border voxels count by the fraction that their grey value shows.
    pub volume_mm3: f64,
    /// Mean of the voxel centres.
    pub centroid: Point<Lps>,
    /// The box around the voxel centres.
    pub bounds: Aabb<Lps>,
    /// Mean grey value of the voxels, in HU.
    pub mean_hu: f64,
}

/// Why a scan could not be segmented.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SegmentError {
    /// Nothing was asked for.
    #[error("no seed was given: place one point in each vertebral body that is wanted")]
    NoSeeds,
    /// The same level twice.
    #[error("level {0} has more than one seed")]
    RepeatedSeed(Level),
    /// A point that is no number, or off the scan.
    #[error("the seed of {level} at ({x}, {y}, {z}) mm lies outside the scan")]
    SeedOutside {
        /// Level of the seed.
        level: Level,
        /// Its LPS coordinates in mm.
        x: f64,
        /// Second coordinate.
        y: f64,
        /// Third coordinate.
        z: f64,
    },
    /// Seeds whose order along the spine contradicts their levels.
    #[error(
        "the seeds of {upper} and {lower} are {distance_mm:.1} mm apart; expected {min_mm:.1} \
             to {max_mm:.1} mm between these levels"
    )]
    SeedsApart {
        /// Cranial level of the pair.
        upper: Level,
        /// Caudal level of the pair.
        lower: Level,
        /// Their distance.
        distance_mm: f64,
        /// Least plausible distance.
        min_mm: f64,
        /// Greatest plausible distance.
        max_mm: f64,
    },
    /// No body could be outlined around a seed.
    #[error("no vertebral body was found around the seed of {level}: {reason}")]
    NoBody {
        /// Level of the seed.
        level: Level,
        /// What was seen instead.
        reason: String,
    },
    /// An option outside its range.
    #[error("option {name} is {value}; it must lie between {min} and {max}")]
    Option {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Least allowed.
        min: f64,
        /// Greatest allowed.
        max: f64,
    },
    /// A scan with fewer than two voxels along an axis, or with a spacing that is no length.
    #[error("the grid of {what} is unusable: size {size:?}, spacing {spacing:?} mm")]
    Grid {
        /// Which volume.
        what: &'static str,
        /// Its size.
        size: [usize; 3],
        /// Its spacing in mm.
        spacing: [f64; 3],
    },
    /// A scan too large to hold with its working copies.
    #[error("the scan has {voxel_count} voxels; at most {limit} can be segmented at once")]
    TooLarge {
        /// Voxels of the scan.
        voxel_count: usize,
        /// The bound.
        limit: usize,
    },
    /// A label map in which no vertebra was recognised.
    #[error("the label map names no vertebra on this scan: labels found are {0:?}")]
    NoVertebra(Vec<u16>),
    /// A requested label does not occur.
    #[error("none of the labels {0:?} occurs in the segmentation")]
    NoSuchLabel(Vec<u16>),
    /// Label volume and scan differ in size.
    #[error("labels {labels:?} and scan {scan:?} differ in size")]
    GridsDiffer {
        /// Size of the label volume.
        labels: [usize; 3],
        /// Size of the scan.
        scan: [usize; 3],
    },
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Refuses grids that hold no volume.
pub(crate) fn check_grid(what: &'static str, grid: &Grid) -> Result<(), SegmentError> {
    let (size, spacing) = (grid.size, grid.spacing);
    let usable = spacing.iter().all(|s| s.is_finite() && *s > 0.01 && *s < 50.0);
    if size.iter().any(|&n| n < 2) || !usable {
        return Err(SegmentError::Grid { what, size, spacing });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_names_go_both_ways() {
        for number in (1..=26).chain([28]) {
            let level = Level::from_verse(number).unwrap();
            assert_eq!(level_of(body_label(level)), Some(level));
            assert_eq!(level_of(arch_label(level)), Some(level));
        }
        assert_eq!(level_of(CANAL), None);
        assert_eq!(level_of(OTHER_BONE), None);
        assert_eq!(name_of(arch_label("T3".parse().unwrap())), "T3 arch");
    }
}
