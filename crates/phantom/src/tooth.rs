//! Three teeth in a block of bone, their shapes known.

use ossein_geom::{Grid, Implant, Lps, Point, Rigid, Vector, Volume, float};

/// Three equal teeth in a row that touch with their crowns, in a bar of bone with a canal under
/// it. In the frame of the middle one: origin on its axis level with the bone's flat top, z to the
/// crown, y to the cheek, x along the row.
#[derive(Clone, Copy, Debug)]
pub struct ToothPhantom {
    /// Half widths of the neck along x and y, mm; the root is a cone of that section.
    pub neck_mm: [f64; 2],
    /// Half widths of the root's tip as share of the neck's.
    pub tip: f64,
    /// Length of the root, mm.
    pub root_mm: f64,
    /// Two roots below this depth, if there are two, mm; and how far apart each leans, degrees.
    pub fork: Option<(f64, f64)>,
    /// From one tooth's axis to the next one's, mm.
    pub pitch_mm: f64,
    /// The bone's faces along y, mm: tongue, cheek.
    pub faces_mm: [f64; 2],
    /// Depth of the canal's axis under the top of the bone, and its radius, mm.
    pub canal_mm: [f64; 2],
    /// Edge of a voxel, mm.
    pub voxel_mm: f64,
    /// From the patient to the middle tooth.
    pub placement: Rigid<Lps, Implant>,
}

/// Labels of the phantom.
pub const BONE: u16 = 2;
/// The teeth.
pub const TEETH: u16 = 4;
/// The canal.
pub const CANAL: u16 = 5;
/// Height of the crowns, mm, and their greatest half widths over the neck's.
const CROWN_MM: f64 = 8.0;
const BULGE: f64 = 1.3;

impl Default for ToothPhantom {
    fn default() -> Self {
        // Tilted to both sides; the cheek side faces forward.
        let z = Vector::new(0.15, -0.2, 1.0).unit();
        let x = Vector::new(-1.0, 0.0, 0.15).unit();
        let x = (x - z * z.dot(x)).unit();
        Self {
            neck_mm: [3.0, 4.0],
            tip: 0.45,
            root_mm: 13.0,
            fork: None,
            pitch_mm: 7.7,
            faces_mm: [-8.0, 5.0],
            canal_mm: [19.0, 1.5],
            voxel_mm: 0.3,
            placement: Rigid::from_axes(Point::new(12.0, -34.0, 21.0), x, z.cross(x), z),
        }
    }
}

impl ToothPhantom {
    /// Half widths of a root at a height under the crest, mm.
    pub fn root_at(&self, z: f64) -> [f64; 2] {
        let share = 1.0 + (1.0 - self.tip) * z / self.root_mm;
        self.neck_mm.map(|half| half * share)
    }

    /// Whether a place of the middle tooth's frame belongs to the middle tooth.
    pub fn is_tooth(&self, p: Point<Implant>) -> bool {
        let inside =
            |[a, b]: [f64; 2], x: f64, y: f64| (x / a) * (x / a) + (y / b) * (y / b) <= 1.0;
        if p.z > 0.0 {
            let share = 1.0 + (BULGE - 1.0) * (1.0 - (p.z / (0.5 * CROWN_MM) - 1.0).powi(2));
            return p.z <= CROWN_MM && inside(self.neck_mm.map(|half| half * share), p.x, p.y);
        }
        if p.z < -self.root_mm {
            return false;
        }
        match self.fork {
            Some((depth, lean_deg)) if p.z < -depth => {
                let (s, c) = float::sin_cos(lean_deg.to_radians());
                let out = (-depth - p.z) * s / c;
                let [a, b] = self.root_at(p.z);
                let apart = 0.55 * a + out;
                [apart, -apart].iter().any(|x| inside([0.4 * a, 0.8 * b], p.x - x, p.y))
            }
            _ => inside(self.root_at(p.z), p.x, p.y),
        }
    }

    /// The label of a place of the middle tooth's frame.
    pub fn label(&self, p: Point<Implant>) -> u16 {
        let shifted = |n: f64| Point::new(p.x - n * self.pitch_mm, p.y, p.z);
        if [-1.0, 0.0, 1.0].iter().any(|&n| self.is_tooth(shifted(n))) {
            return TEETH;
        }
        let [depth, radius] = self.canal_mm;
        if (p.z + depth).powi(2) + p.y * p.y <= radius * radius {
            return CANAL;
        }
        let inside =
            p.z <= 0.0 && p.z >= -24.0 && (self.faces_mm[0]..=self.faces_mm[1]).contains(&p.y);
        if inside { BONE } else { 0 }
    }

    /// The label map, with free space around it.
    pub fn volume(&self) -> Volume<u16> {
        let back = self.placement.inverse();
        let reach = 1.5 * self.pitch_mm + 6.0;
        let corners = (0..8).map(|n| {
            let pick = |a: usize, low: f64, high: f64| if n >> a & 1 == 1 { high } else { low };
            back.apply(Point::new(
                pick(0, -reach, reach),
                pick(1, -11.0, 11.0),
                pick(2, -26.0, 11.0),
            ))
        });
        let bounds = ossein_geom::Aabb::around(corners);
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / self.voxel_mm).ceil() as usize);
        let grid = Grid::<Lps>::aligned(bounds.min, [self.voxel_mm; 3], size);
        let label = |n: usize| {
            let p = self.placement.apply(grid.center(grid.voxel(n)));
            if p.x.abs() > reach { 0 } else { self.label(p) }
        };
        let values = (0..grid.voxel_count()).map(label).collect();
        Volume::new(grid, values)
    }
}
