//! Meshes seen by a camera.

use ossein_geom::{Aabb, Cancelled, Deg, Frame, Job, Point, TriMesh, Vector, float};

use crate::color::{ColorMap, Rgb};
use crate::image::Image;
use crate::key::{self, Legend};
use crate::{note, raster, shade};

/// How far away things look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// As through a lens with this angle from the top of the picture to its bottom.
    Perspective(Deg),
    /// Lengths at right angles to the view are true at every depth.
    Orthographic,
}

/// Where the picture is taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera<F: Frame> {
    /// The point in the middle of the picture.
    pub target: Point<F>,
    /// From the eye to the target.
    pub direction: Vector<F>,
    /// What is up in the picture; not along `direction`.
    pub up: Vector<F>,
    /// Height of the picture at the target in mm.
    pub height_mm: f64,
    /// How far away things look.
    pub projection: Projection,
}

/// Views with a name. x is to the patient's left, y to the back, z to the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// From the front.
    Anterior,
    /// From the back.
    Posterior,
    /// From the patient's left.
    Left,
    /// From the patient's right.
    Right,
    /// From the head, the front at the top.
    Cranial,
    /// From the feet, the front at the top.
    Caudal,
    /// From the front, the patient's left, and above.
    Oblique,
    /// From the back, the patient's left, and above.
    ObliquePosterior,
}

impl View {
    /// From the eye to the target, and what is up.
    pub fn direction_and_up<F: Frame>(self) -> (Vector<F>, Vector<F>) {
        let (head, front) = (Vector::new(0.0, 0.0, 1.0), Vector::new(0.0, -1.0, 0.0));
        match self {
            Self::Anterior => (-front, head),
            Self::Posterior => (front, head),
            Self::Left => (Vector::new(-1.0, 0.0, 0.0), head),
            Self::Right => (Vector::new(1.0, 0.0, 0.0), head),
            Self::Cranial => (-head, front),
            Self::Caudal => (head, front),
            Self::Oblique => (Vector::new(-0.6, 0.75, -0.42), head),
            Self::ObliquePosterior => (Vector::new(-0.6, -0.75, -0.42), head),
        }
    }
}

impl<F: Frame> Camera<F> {
    /// The camera that sees all of `bounds` from a named side, in a picture of `size` pixels,
    /// with a margin for words.
    pub fn seeing(bounds: Aabb<F>, view: View, size: [usize; 2], projection: Projection) -> Self {
        let (direction, up) = view.direction_and_up();
        Self::along(bounds, direction, up, size, projection)
    }

    /// The camera that sees all of `bounds` along `direction`, with a margin for words.
    pub fn along(
        bounds: Aabb<F>,
        direction: Vector<F>,
        up: Vector<F>,
        size: [usize; 2],
        projection: Projection,
    ) -> Self {
        const MARGIN: f64 = 1.16;
        let target = if bounds.is_empty() { Point::ORIGIN } else { bounds.center() };
        let mut camera = Self { target, direction, up, height_mm: 1.0, projection };
        let [right, down, forward] = camera.axes();
        let aspect = size[0] as f64 / size[1] as f64;
        let mut height_mm: f64 = 0.0;
        for corner in corners(bounds) {
            let v = corner - target;
            let across = v.dot(down).abs().max(v.dot(right).abs() / aspect) * MARGIN;
            let nearer = match projection {
                Projection::Orthographic => 0.0,
                Projection::Perspective(angle) => -v.dot(forward) * tan_half(angle),
            };
            height_mm = height_mm.max(2.0 * (across + nearer));
        }
        camera.height_mm = if height_mm > 0.0 && height_mm.is_finite() { height_mm } else { 1.0 };
        camera
    }

    /// Right, down and forward in the picture.
    pub(crate) fn axes(&self) -> [Vector<F>; 3] {
        let forward = self.direction.unit();
        let across = forward.cross(self.up);
        let right = if across.norm() > 1e-9 { across.unit() } else { forward.any_perpendicular() };
        [right, forward.cross(right), forward]
    }

    /// Distance from the eye to the target in mm; nought in an orthographic picture.
    pub(crate) fn distance_mm(&self) -> f64 {
        match self.projection {
            Projection::Orthographic => 0.0,
            Projection::Perspective(angle) => 0.5 * self.height_mm / tan_half(angle),
        }
    }
}

fn tan_half(angle: Deg) -> f64 {
    let (sine, cosine) = float::sin_cos(Deg(0.5 * angle.0.clamp(1.0, 120.0)).radians());
    sine / cosine
}

fn corners<F: Frame>(bounds: Aabb<F>) -> Vec<Point<F>> {
    if bounds.is_empty() {
        return Vec::new();
    }
    let pick =
        |bits: usize, a: usize| if bits >> a & 1 == 1 { bounds.max[a] } else { bounds.min[a] };
    (0..8).map(|bits| Point::new(pick(bits, 0), pick(bits, 1), pick(bits, 2))).collect()
}

/// What a mesh looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface<'a> {
    /// One colour.
    Plain(Rgb),
    /// A value for every vertex, shown in colour; grey where it is not a number.
    Scalar {
        /// One value for every vertex of the mesh.
        values: &'a [f32],
        /// How a value becomes a colour.
        map: ColorMap,
        /// Values at both ends of the colours.
        range: [f32; 2],
    },
}

/// A mesh in a scene.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a, F: Frame> {
    /// The surface; where a section cuts it, it is to be closed.
    pub mesh: &'a TriMesh<F>,
    /// What it looks like.
    pub surface: Surface<'a>,
    /// Opacity from 0 to 1. Of a mesh below 1, only the nearest surface shows.
    pub alpha: f32,
    /// Smooth over gentle bends; otherwise every triangle is flat.
    pub smooth: bool,
    /// Whether the scene's section cuts it.
    pub cut: bool,
}

impl<'a, F: Frame> Item<'a, F> {
    /// An opaque, smooth mesh of one colour that a section cuts.
    pub fn plain(mesh: &'a TriMesh<F>, color: Rgb) -> Self {
        Self { mesh, surface: Surface::Plain(color), alpha: 1.0, smooth: true, cut: true }
    }

    /// An opaque, smooth mesh in the colours of its values.
    pub fn scalar(mesh: &'a TriMesh<F>, values: &'a [f32], map: ColorMap, range: [f32; 2]) -> Self {
        Self { surface: Surface::Scalar { values, map, range }, ..Self::plain(mesh, [0; 3]) }
    }
}

/// A plane; what lies on the side of its normal is cut away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane<F: Frame> {
    /// A point on the plane.
    pub point: Point<F>,
    /// Towards what is cut away.
    pub normal: Vector<F>,
}

/// Something drawn over the meshes.
#[derive(Clone, Debug, PartialEq)]
pub enum Note<F: Frame> {
    /// A dimension line from `from` to `to`, moved by `shift`, with its words in the middle.
    Dimension {
        /// First end.
        from: Point<F>,
        /// Second end.
        to: Point<F>,
        /// From the measured points to the dimension line, in mm.
        shift: Vector<F>,
        /// Words such as `24.6 mm`.
        text: String,
    },
    /// Words at a point.
    Label {
        /// What the words belong to.
        at: Point<F>,
        /// The words.
        text: String,
    },
    /// A line through points.
    Path {
        /// The points.
        points: Vec<Point<F>>,
        /// Its colour.
        color: Rgb,
        /// Its width in pixels.
        width_px: f32,
    },
}

/// Meshes, where they are seen from, and what is written beside them.
#[derive(Clone, Debug)]
pub struct Scene<'a, F: Frame> {
    /// The meshes; where two sections meet in one place, the later mesh shows.
    pub items: Vec<Item<'a, F>>,
    /// Where the picture is taken from.
    pub camera: Camera<F>,
    /// Cuts the scene open.
    pub section: Option<Plane<F>>,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Key to the colours.
    pub legend: Option<Legend>,
    /// Whether to draw a scale bar (true at the target's depth).
    pub scale_bar: bool,
    /// Whether to draw where left, back and head are.
    pub triad: bool,
    /// Lines of words at the top; the first is set heavier.
    pub caption: Vec<String>,
    /// Dimensions, labels and lines.
    pub notes: Vec<Note<F>>,
}

impl<'a, F: Frame> Scene<'a, F> {
    /// The meshes alone on white, with scale bar and triad, seen from a named side.
    pub fn new(items: Vec<Item<'a, F>>, view: View, size: [usize; 2]) -> Self {
        let bounds = items.iter().fold(Aabb::empty(), |all, item| all.union(item.mesh.bounds()));
        let camera = Camera::seeing(bounds, view, size, Projection::Orthographic);
        Self {
            items,
            camera,
            section: None,
            size,
            legend: None,
            scale_bar: true,
            triad: true,
            caption: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Draws a scene: two by two samples a pixel, a key light and a fill light, and shade where
/// surfaces come together. Triangles with indices or coordinates out of range are left out, and
/// so are those that reach behind the eye.
///
/// Takes 8 bytes a sample, 24 bytes a vertex, and 8 bytes more a sample for every transparent
/// mesh (the ninth and later share one).
///
/// # Errors
/// [`Cancelled`] if the caller asked to stop.
///
/// # Panics
/// If a side of the picture is zero or above [`crate::image::SIDE_MAX`], or if a mesh does not
/// have one value for every vertex.
pub fn render<F: Frame>(scene: &Scene<F>, job: &Job) -> Result<Image, Cancelled> {
    for item in &scene.items {
        if let Surface::Scalar { values, .. } = item.surface {
            assert_eq!(values.len(), item.mesh.vertices.len(), "one value for every vertex");
        }
    }
    let mut image = Image::white(scene.size[0], scene.size[1]);
    // A legend stands at the right edge: the meshes make room.
    let shift = if scene.legend.is_some() { -0.06 } else { 0.0 };
    let lens = raster::Lens::new(&scene.camera, scene.size, shift);
    let traced = raster::trace(scene, &lens, job)?;
    shade::shade(scene, &lens, &traced, &mut image, job)?;
    drop(traced);
    note::draw(scene, &lens, &mut image);
    if let Some(legend) = &scene.legend {
        key::legend(&mut image, legend);
    }
    if scene.scale_bar {
        let mm_per_pixel = scene.camera.height_mm / scene.size[1] as f64;
        key::scale_bar(&mut image, mm_per_pixel, false);
    }
    let end = image.width as f32;
    key::caption(&mut image, &scene.caption, false, end);
    Ok(image)
}
