//! What is said where header and anatomy have left and right on different sides.

use ossein_anatomy::Sides;
use ossein_geom::Finding;

/// That the header has the head turned.
pub(crate) fn header(sides: &Sides) -> Option<Finding> {
    let message = "the face looks to where the header has the back of the head: left and right are \
                   told from the face and from the head end; if the scan is mirrored, they are \
                   wrong: compare with the patient";
    (!sides.header_agrees).then(|| Finding::warning("plan.header", "scan", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Vector;

    #[test]
    fn a_turned_head_is_told() {
        let (back, up) = (Vector::new(0.1, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0));
        assert!(header(&Sides::new(back, up)).is_none());
        assert_eq!(header(&Sides::new(-back, up)).unwrap().code, "plan.header");
    }
}
