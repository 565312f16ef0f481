//! Whether an onlay lies in the region that the recipe names.

use ossein_anatomy::{Jaw, Sides, Vault};
use ossein_geom::{Finding, Lps, Point, Vector};
use ossein_shape::Plane;

use super::lie::Lie;

/// A chin ends so far to both sides of the midline, along the jaw, mm: about at the foramina.
const CHIN_MM: f64 = 32.0;
/// An onlay of the angle lies so near to the gonion, mm.
const ANGLE_MM: f64 = 35.0;

/// A whole head, in which regions of the skull have their places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub vault: Vault,
    pub sides: Sides,
    pub midline: Plane<Lps>,
}

/// Where a region of the skull lies: above the middle of the vault's ball, to the front of it, and
/// beside the midline, mm. Estimates, wide enough for small and large heads.
struct Place {
    region: &'static str,
    up_mm: [f64; 2],
    ahead_mm: [f64; 2],
    beside_mm: [f64; 2],
}

const PLACES: [Place; 3] = [
    Place {
        region: "forehead",
        up_mm: [-15.0, 80.0],
        ahead_mm: [25.0, 130.0],
        beside_mm: [0.0, 65.0],
    },
    Place {
        region: "malar",
        up_mm: [-75.0, -10.0],
        ahead_mm: [30.0, 130.0],
        beside_mm: [20.0, 80.0],
    },
    Place {
        region: "para_nasal",
        up_mm: [-95.0, -20.0],
        ahead_mm: [45.0, 140.0],
        beside_mm: [3.0, 30.0],
    },
];

/// What someone should look at where the onlay's middle lies elsewhere than its region's name says.
pub(super) fn findings(region: &str, middle: Point<Lps>, lie: &Lie) -> Vec<Finding> {
    let mut all: Vec<Finding> = side(region, middle, lie).into_iter().collect();
    all.extend(match (&lie.jaw, &lie.head) {
        (Some(jaw), _) => on_jaw(region, middle, jaw),
        (None, Some(head)) => on_head(region, middle, head),
        (None, None) => None,
    });
    all
}

/// Whether a region of one side lies there.
fn side(region: &str, middle: Point<Lps>, lie: &Lie) -> Option<Finding> {
    let height_mm = lie.symmetry?.plane.height_mm(middle);
    let (wanted, wrong) = match region {
        r if r.ends_with("_left") => ("left", height_mm < 0.0),
        r if r.ends_with("_right") => ("right", height_mm > 0.0),
        _ => return None,
    };
    if wrong {
        let message = format!(
            "[plan] region = \"{region}\", and the onlay's middle lies {:.1} mm to the other side \
             of the plane of symmetry than {wanted}: are the points LPS?",
            height_mm.abs()
        );
        return Some(Finding::failure("plan.side", region, message));
    }
    let message = "nothing in scan or label map tells the front of the head from its back: left and \
                   right are those of the header";
    lie.sides.is_none().then(|| Finding::note("plan.sides", region, message))
}

/// A place on the jaw against the landmarks of its region.
fn on_jaw(region: &str, middle: Point<Lps>, jaw: &Jaw) -> Option<Finding> {
    let gonion = |n: usize| (middle.distance(jaw.gonia[n]), ANGLE_MM, "from the angle of the jaw");
    let (away_mm, limit_mm, what) = match region {
        "chin" => (jaw.arch.nearest(middle).0.abs(), CHIN_MM, "from the chin along the jaw"),
        "angle_right" => gonion(0),
        "angle_left" => gonion(1),
        _ => return None,
    };
    let message = format!(
        "[plan] region = \"{region}\", and the onlay's middle lies {away_mm:.0} mm {what}; up to \
         {limit_mm} mm belong to it"
    );
    let finding = Finding::warning("plan.region", region, message);
    (away_mm > limit_mm).then(|| finding.measured(away_mm, limit_mm, "mm"))
}

/// A place on the skull against that of its region.
fn on_head(region: &str, middle: Point<Lps>, head: &Head) -> Option<Finding> {
    let place = PLACES.iter().find(|place| region.starts_with(place.region))?;
    let up = Vector::new(0.0, 0.0, 1.0);
    let ahead = head.sides.left.cross(up);
    let d = middle - head.vault.middle;
    let ways = [
        ("above the middle of the vault", d.dot(up), place.up_mm),
        ("in front of it", d.dot(ahead), place.ahead_mm),
        ("beside the midline", head.midline.height_mm(middle).abs(), place.beside_mm),
    ];
    let off = ways.into_iter().find(|(_, mm, [least, most])| !(*least..=*most).contains(mm));
    let (what, mm, [least, most]) = off?;
    let message = format!(
        "[plan] region = \"{region}\", and the onlay's middle lies {mm:.0} mm {what}; that region \
         lies {least} to {most} mm there"
    );
    let finding = Finding::warning("plan.region", region, message);
    Some(finding.measured(mm, if mm < least { least } else { most }, "mm"))
}
