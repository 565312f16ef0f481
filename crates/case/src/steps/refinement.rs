//! One model in voxels of two sizes, and in finer ones until its figures stand.

use ossein_geom::Choices;

use crate::steps::resolution::Difference;

/// The second resolution is this much coarser, and each refinement this much finer.
pub const COARSER: f64 = 1.5;

/// What must stand before a model is refined no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Nothing: two sizes and no more.
    Nothing,
    /// Every safety factor.
    Safety,
    /// Every figure.
    All,
}

/// How far a recipe has its models refined.
#[derive(Clone, Copy, Debug)]
pub struct Refinement {
    wanted: Wanted,
    element_count_max: usize,
}

impl Refinement {
    /// As chosen.
    pub fn of(choices: &Choices) -> Self {
        let wanted = match choices.word("mechanics.refine") {
            "safety" => Wanted::Safety,
            "all" => Wanted::All,
            _ => Wanted::Nothing,
        };
        let element_count_max = choices.whole("mechanics.element_count_max") as usize;
        Self { wanted, element_count_max }
    }

    /// Whether a third size may be asked for.
    pub fn is_wanted(&self) -> bool {
        self.wanted != Wanted::Nothing
    }

    fn stands(&self, differences: &[Difference]) -> bool {
        let counts = |d: &&Difference| self.wanted == Wanted::All || d.is_safety;
        differences.iter().filter(counts).all(|d| d.stands)
    }
}

/// One model at one voxel size.
pub trait Look {
    /// Edge of a voxel, mm.
    fn voxel_mm(&self) -> f64;
    /// Elements that hold material.
    fn element_count(&self) -> usize;
}

/// A model at two voxel sizes.
#[derive(Debug)]
pub struct Pair<T> {
    /// Coarser by [`COARSER`].
    pub coarse: T,
    /// What is reported.
    pub fine: T,
    /// Why it was refined no further, where something that was wanted does not stand.
    pub stopped_by: Option<String>,
}

/// Looks at a model in voxels of `voxel_mm` and in coarser ones, and in finer ones until what the
/// recipe wants stands or the next model were too large. `look` is given the look before it;
/// `compared` says how a coarser and a finer one differ.
///
/// # Errors
/// What `look` reports.
pub fn refined<T: Look, E>(
    voxel_mm: f64,
    refinement: &Refinement,
    mut look: impl FnMut(f64, Option<&T>) -> Result<T, E>,
    compared: impl Fn(&T, &T) -> Vec<Difference>,
) -> Result<Pair<T>, E> {
    let mut coarse = look(voxel_mm * COARSER, None)?;
    let mut fine = look(voxel_mm, Some(&coarse))?;
    while refinement.is_wanted() && !refinement.stands(&compared(&coarse, &fine)) {
        let next_count = fine.element_count() as f64 * COARSER * COARSER * COARSER;
        if next_count > refinement.element_count_max as f64 {
            let most = refinement.element_count_max;
            let reason = format!("about {next_count:.0} elements would be next; at most {most}");
            return Ok(Pair { coarse, fine, stopped_by: Some(reason) });
        }
        let finer = look(fine.voxel_mm() / COARSER, Some(&fine))?;
        coarse = std::mem::replace(&mut fine, finer);
    }
    Ok(Pair { coarse, fine, stopped_by: None })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::steps::resolution::{Key, Table, beside};

    const BEAM: Table<'_> =
        Table { name: "beam", keys: &[Key::plain("mm", "Bends"), Key::safety("times", "Bears")] };

    /// A beam that bends 2 mm and bears 3 times its load in voxels of no size, and more in others.
    struct Beam(f64);

    impl Look for Beam {
        fn voxel_mm(&self) -> f64 {
            self.0
        }

        fn element_count(&self) -> usize {
            (1e3 / (self.0 * self.0 * self.0)) as usize
        }
    }

    fn row(beam: &Beam) -> Value {
        json!({ "mm": 2.0 + 0.4 * beam.0, "times": 3.0 + 0.3 * beam.0 })
    }

    fn compared(coarse: &Beam, fine: &Beam) -> Vec<Difference> {
        beside(&mut row(fine), Some(&row(coarse)), &BEAM, "", [fine.0, coarse.0])
    }

    #[track_caller]
    fn check_refined(wanted: Wanted, element_count_max: usize, voxel_mm: f64, stopped: bool) {
        let refinement = Refinement { wanted, element_count_max };
        let look = |mm: f64, before: Option<&Beam>| {
            assert!(before.is_none_or(|before| (before.0 / mm - COARSER).abs() < 1e-12));
            Ok::<_, String>(Beam(mm))
        };
        let pair = refined(1.0, &refinement, look, compared).unwrap();
        assert!((pair.fine.0 - voxel_mm).abs() < 1e-12, "{}", pair.fine.0);
        assert!((pair.coarse.0 / pair.fine.0 - COARSER).abs() < 1e-12);
        assert_eq!(pair.stopped_by.is_some(), stopped);
    }

    #[test]
    fn a_model_is_refined_until_what_is_wanted_stands() {
        check_refined(Wanted::Nothing, 1_000_000, 1.0, false);
        // Off by 0.2 and 0.1 of the voxel: below 5 % after four and after two refinements.
        check_refined(Wanted::All, 1_000_000, 1.0 / COARSER.powi(4), false);
        check_refined(Wanted::Safety, 1_000_000, 1.0 / COARSER.powi(2), false);
        // 3375 elements fit, 11391 do not.
        check_refined(Wanted::All, 10_000, 1.0 / COARSER, true);
        check_refined(Wanted::Safety, 2_000, 1.0, true);
    }
}
