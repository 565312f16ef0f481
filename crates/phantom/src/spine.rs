//! Sizes and places of the phantom's vertebrae.

use ossein_geom::{Frame, Level, Lps, Point, Rigid, Vector};

/// The frame of one vertebra: x to the patient's left, y to the back, z up its axis, the origin in
/// the middle of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Own;

impl Frame for Own {
    const NAME: &'static str = "VERTEBRA";
}

/// Sizes of a vertebra, mm (facts D1.1, D1.4, D1.7, D1.9).
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Width and depth of the upper endplate.
    pub upper: [f64; 2],
    /// Width and depth of the lower endplate.
    pub lower: [f64; 2],
    /// Height of the body behind.
    pub height_posterior: f64,
    /// Height of the body in front.
    pub height_anterior: f64,
    /// Depth of the hollow of the upper and the lower endplate.
    pub concavity: [f64; 2],
    /// Height of the disc beneath.
    pub disc: f64,
}

/// A lytic lesion: a ball of soft tissue.
#[derive(Clone, Copy, Debug)]
pub struct Lesion {
    /// Middle.
    pub center: Point<Own>,
    /// Radius, mm.
    pub radius_mm: f64,
}

/// A vertebra in its place.
#[derive(Clone, Copy, Debug)]
pub struct VertebraPose {
    /// Its name.
    pub level: Level,
    /// Its sizes.
    pub sizes: Sizes,
    /// From its own frame to the patient.
    pub placement: Rigid<Own, Lps>,
    /// From the patient to its own frame.
    pub to_own: Rigid<Lps, Own>,
    /// The lesion, if it has one.
    pub lesion: Option<Lesion>,
}

/// A run of vertebrae, cranial to caudal.
#[derive(Clone, Debug)]
pub struct Spine {
    /// The vertebrae.
    pub vertebrae: Vec<VertebraPose>,
}

/// Half the width and half the depth of the canal, mm (facts D1.9: 15-17 deep, 16-23 wide).
pub const CANAL_HALF_MM: [f64; 2] = [9.0, 8.0];

/// A row of the table of sizes.
struct Row {
    /// VerSe's number of the level.
    verse: u16,
    /// EPWu, EPDu, EPWl, EPDl, VBHp (facts D1.1).
    body: [f64; 5],
    /// Height of the disc beneath (facts D1.6).
    disc: f64,
    /// Lesion: x, y, z, radius.
    lesion: Option<[f64; 4]>,
}

const fn row(verse: u16, body: [f64; 5], disc: f64, lesion: Option<[f64; 4]>) -> Row {
    Row { verse, body, disc, lesion }
}

const ROWS: [Row; 5] = [
    row(13, [26.2, 26.0, 28.2, 26.9, 17.4], 4.5, None),
    row(14, [27.8, 27.4, 29.1, 28.5, 18.2], 4.8, Some([3.0, -1.0, -1.5, 6.0])),
    row(15, [29.5, 27.9, 30.5, 29.4, 18.7], 5.0, Some([-2.0, -1.0, 0.0, 7.0])),
    row(16, [30.6, 29.3, 33.0, 31.0, 19.3], 5.3, Some([3.0, 1.0, 1.0, 6.5])),
    row(17, [31.9, 30.5, 35.4, 31.6, 20.2], 5.6, None),
];

impl Spine {
    /// T6 to T10 along a kyphotic curve.
    pub fn thoracic() -> Self {
        let mut vertebrae = Vec::new();
        // Down from T6: each vertebra and each disc turns the axis a little about the left.
        let left = Vector::<Lps>::new(1.0, 0.0, 0.0);
        let mut top = Point::<Lps>::new(2.0, 10.0, 0.0);
        let mut tilt_deg: f64 = 9.0;
        for Row { verse, body: [wu, du, wl, dl, height], disc, lesion } in ROWS {
            let level = Level::from_verse(verse).expect("a thoracic level");
            let sizes = Sizes {
                upper: [wu, du],
                lower: [wl, dl],
                height_posterior: height,
                height_anterior: height - 1.3,
                concavity: [1.2, 1.7],
                disc,
            };
            let turn = |deg: f64| Rigid::<Lps, Lps>::about(Point::ORIGIN, left, deg.to_radians());
            let wedge_deg = ((sizes.height_posterior - sizes.height_anterior) / du).to_degrees();
            let middle_deg = tilt_deg - 0.5 * wedge_deg;
            let axis = turn(middle_deg).turn(Vector::new(0.0, 0.0, 1.0));
            let back = turn(middle_deg).turn(Vector::new(0.0, 1.0, 0.0));
            let half = 0.25 * (sizes.height_posterior + sizes.height_anterior);
            let center = top - axis * half;
            let to_own = Rigid::<Lps, Own>::from_axes(center, left, back, axis);
            let lesion = lesion
                .map(|[x, y, z, radius_mm]| Lesion { center: Point::new(x, y, z), radius_mm });
            let placement = to_own.inverse();
            vertebrae.push(VertebraPose { level, sizes, placement, to_own, lesion });
            tilt_deg -= wedge_deg;
            let down = turn(tilt_deg).turn(Vector::new(0.0, 0.0, 1.0));
            top = center - axis * half - down * disc;
            tilt_deg -= 0.8;
        }
        Self { vertebrae }
    }
}

impl VertebraPose {
    /// Height of the upper (`+1`) or lower (`-1`) end face at `(x, y)` of the own frame, mm.
    ///
    /// The rim lies in a plane that is higher behind than in front; inside it the face is hollow
    /// like a paraboloid.
    pub fn end_face(&self, side: f64, x: f64, y: f64) -> f64 {
        let s = &self.sizes;
        let (size, depth) =
            if side > 0.0 { (s.upper, s.concavity[0]) } else { (s.lower, s.concavity[1]) };
        let rho2 = (2.0 * x / size[0]).powi(2) + (2.0 * y / size[1]).powi(2);
        // Flat along the ring apophysis, hollow within 80 % of the radius (facts D1.7).
        let hollow = (1.0 - rho2 / 0.64).max(0.0);
        let hollow = depth * (1.0 - (1.0 - hollow) * (1.0 - hollow));
        let middle = 0.25 * (s.height_posterior + s.height_anterior);
        let slope = (s.height_posterior - s.height_anterior) / (2.0 * s.upper[1]);
        side * (middle + slope * y - hollow)
    }

    /// The rim plane of an end face: a point and the unit normal out of the body.
    pub fn rim_plane(&self, side: f64) -> (Point<Lps>, Vector<Lps>) {
        let s = &self.sizes;
        let middle = 0.25 * (s.height_posterior + s.height_anterior);
        let slope = (s.height_posterior - s.height_anterior) / (2.0 * s.upper[1]);
        let normal = Vector::<Own>::new(0.0, -slope, 1.0).unit();
        let normal = if side > 0.0 { normal } else { Vector::new(0.0, normal.y, -normal.z) };
        let point = Point::<Own>::new(0.0, 0.0, side * middle);
        (self.placement.apply(point), self.placement.turn(normal))
    }
}
