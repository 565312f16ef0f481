//! Left and right of a real head, and teeth that stand in their own jaw.

use ossein_anatomy::sides::of_skull;
use ossein_anatomy::{Sides, rooted_share, vault};
use ossein_geom::{Job, Vector};
use ossein_shape::Plane;

use crate::common::{LIMIT, cmf, data};

/// The header of this scan has the back of the head where the face is.
#[test]
fn a_skull_is_seen_to_look_the_other_way() {
    let Some(folder) = data("skull-ct") else { return };
    let bytes = std::fs::read(folder.join("cranium.nii.gz")).unwrap();
    let hu = ossein_scan::read_image("cranium.nii.gz", &bytes, LIMIT).unwrap().into_hu();
    let skull = ossein_segment::skull(&hu, 250.0).unwrap();
    let ball = vault(&skull, 250.0, &Job::quiet()).unwrap();
    let midline = Plane { point: ball.middle, normal: Vector::new(1.0, 0.0, 0.0) };
    let sides = of_skull(&skull, 250.0, &ball, &midline).unwrap();
    assert!(!sides.header_agrees);
    assert!(sides.left.x < -0.99);
}

#[test]
fn teeth_stand_in_their_own_jaw() {
    let Some(volume) = cmf() else { return };
    let share = |teeth, bone| rooted_share(&volume, teeth, bone).unwrap();
    for (teeth, own, other) in [(4, 2, 1), (3, 1, 2)] {
        assert!(share(teeth, own) > 0.3, "{teeth}: {}", share(teeth, own));
        assert!(share(teeth, other) < 0.01, "{teeth}: {}", share(teeth, other));
        let all = (0..volume.values.len()).filter(|&n| volume.values[n] == teeth);
        let arch = Sides::of_arch(all.map(|n| volume.grid.center(volume.grid.voxel(n))));
        assert!(arch.unwrap().header_agrees);
    }
    assert!(rooted_share(&volume, 9, 2).is_none());
}
