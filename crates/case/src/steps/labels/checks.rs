//! Label maps that are not what the recipe says: another unit, teeth of the other jaw.

use std::collections::BTreeMap;

use ossein_anatomy::rooted_share;
use ossein_geom::{Grid, Volume};

/// Maps of bones span so much, mm; what is less or more is in another unit.
const SPAN_MM: std::ops::Range<f64> = 5.0..2500.0;
/// Teeth, and the bones in which they may stand: the upper jaw is often part of a label of the skull.
const JAWS: [(&str, &[&str]); 2] =
    [("lower_teeth", &["mandible"]), ("upper_teeth", &["maxilla", "skull"])];
/// Of teeth that stand in a bone more than this lies beside it, as share: their roots are half of
/// them, and bone may cover as little as their necks.
const ROOTED_MIN: f64 = 0.05;

/// Refuses a map whose extent is that of no bone in mm.
pub(super) fn unit(grid: &Grid) -> Result<(), String> {
    let size = grid.bounds().size().array();
    let span_mm = size.into_iter().fold(0.0, f64::max);
    if SPAN_MM.contains(&span_mm) {
        return Ok(());
    }
    let hint = if span_mm < SPAN_MM.start { "metres" } else { "micrometres" };
    Err(format!(
        "the label map is {span_mm:.3} mm long, its voxels {:.5} mm; bones are {:.0} to {:.0} mm: is \
         its header in {hint}?",
        grid.spacing[0], SPAN_MM.start, SPAN_MM.end
    ))
}

/// Refuses teeth that do not stand in their jaw's bone, where that has a label.
pub(super) fn rooted(labels: &Volume<u16>, names: &BTreeMap<u16, String>) -> Result<(), String> {
    let number = |name: &str| names.iter().find(|(_, own)| *own == name).map(|(number, _)| *number);
    for (teeth, bones) in JAWS {
        let own = number(teeth);
        let bone = bones.iter().find_map(|bone| Some((*bone, number(bone)?)));
        let (Some(own), Some((bone, in_bone))) = (own, bone) else { continue };
        let share = rooted_share(labels, own, in_bone).unwrap_or(0.0);
        if share < ROOTED_MIN {
            return Err(format!(
                "label {own}, which [segmentation] table names `{teeth}`, does not stand in label \
                 {in_bone}, `{bone}`: {:.1} % of it lies beside that bone, and of teeth in it about \
                 half by their roots (at least {:.0} %); are upper and lower jaw exchanged?",
                100.0 * share,
                100.0 * ROOTED_MIN
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Point;

    /// A block of bone (2), teeth in its top (4), teeth over them (3).
    fn map(spacing: f64) -> Volume<u16> {
        let grid = Grid::aligned(Point::ORIGIN, [spacing; 3], [40, 20, 60]);
        let value = |n: usize| match grid.voxel(n) {
            [i, j, k] if i % 8 > 1 && (6..14).contains(&j) && (12..32).contains(&k) => 4,
            [i, j, k] if i % 8 > 1 && (6..14).contains(&j) && (34..54).contains(&k) => 3,
            [_, _, k] if k < 22 => 2,
            _ => 0,
        };
        Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect())
    }

    fn names(lower: u16, upper: u16) -> BTreeMap<u16, String> {
        let all = [(2, "mandible"), (lower, "lower_teeth"), (upper, "upper_teeth")];
        all.into_iter().map(|(number, name)| (number, name.to_owned())).collect()
    }

    #[test]
    fn teeth_of_the_other_jaw_are_refused() {
        assert_eq!(rooted(&map(0.5), &names(4, 3)), Ok(()));
        let error = rooted(&map(0.5), &names(3, 4)).unwrap_err();
        assert!(error.contains("label 3") && error.contains("0.0 %"), "{error}");
        // Without the bone nothing is known.
        let mut alone = names(3, 4);
        alone.remove(&2);
        assert_eq!(rooted(&map(0.5), &alone), Ok(()));
    }

    #[test]
    fn a_map_in_another_unit_is_refused() {
        assert_eq!(unit(&map(0.5).grid), Ok(()));
        let error = unit(&map(0.0005).grid).unwrap_err();
        assert!(error.contains("0.030 mm long") && error.contains("metres"), "{error}");
        assert!(unit(&map(500.0).grid).unwrap_err().contains("micrometres"));
    }
}
