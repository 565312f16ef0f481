//! Bone swept along the way on which a plate or a guide is put on.

use ossein_geom::{Implant, Volume};

/// The least distance at a place or anywhere above it: what must be clear on the way down.
pub fn swept(bone: &Volume<f32, Implant>) -> Volume<f32, Implant> {
    let plane = bone.grid.size[0] * bone.grid.size[1];
    let mut values = bone.values.clone();
    for k in (0..bone.grid.size[2] - 1).rev() {
        let (below, above) = values.split_at_mut((k + 1) * plane);
        for (low, high) in below[k * plane..].iter_mut().zip(&above[..plane]) {
            *low = low.min(*high);
        }
    }
    Volume::new(bone.grid.clone(), values)
}
