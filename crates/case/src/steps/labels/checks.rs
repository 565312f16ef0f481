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
        "the label map is {span_mm:.3} mm long, its voxels {:.5} mm; bones are {:.0} to {:.0} mm: \
         is its header in {hint}?",
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
                 {in_bone}, `{bone}`: {:.1} % of it lies beside that bone, and of teeth in it \
                 about half by their roots (at least {:.0} %); are upper and lower jaw exchanged?",
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

    #[test]
    fn a_map_in_another_unit_is_refused() {
        let grid = |spacing: f64| Grid::aligned(Point::ORIGIN, [spacing; 3], [40, 20, 60]);
        assert_eq!(unit(&grid(0.5)), Ok(()));
        let error = unit(&grid(0.0005)).unwrap_err();
        assert!(error.contains("0.030 mm long") && error.contains("metres"), "{error}");
        assert!(unit(&grid(500.0)).unwrap_err().contains("micrometres"));
    }

    #[test]
    fn teeth_of_which_no_bone_has_a_label_are_believed() {
        let labels = Volume::filled(Grid::aligned(Point::ORIGIN, [0.5; 3], [8; 3]), 4u16);
        assert_eq!(rooted(&labels, &BTreeMap::from([(4, "lower_teeth".to_owned())])), Ok(()));
    }
}
