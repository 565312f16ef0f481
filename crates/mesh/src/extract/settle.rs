//! Vertices brought along their edges to where the field itself is zero.

use ossein_field::{Block, Field};
use ossein_geom::{Frame, Point, RootSearch};

use super::march::{EDGE_MARGIN, Samples, Surface, fraction, visit_edges};
use super::sweep::Window;

/// Vertices that are brought to their places together.
const AT_ONCE: usize = 4096;
/// Places that are asked along an edge, at most: most take one or two, those at a crease more.
const STEPS_MAX: usize = 24;

/// Where vertices are brought to.
pub struct Settle<'a, F: Frame> {
    pub field: &'a dyn Field<F>,
    pub samples: &'a Block<F>,
    /// Which of the samples' planes a window's first one is.
    pub low: usize,
    /// How far from zero the field may be at a vertex, and how far along its edge the next guess,
    /// mm. The first alone would do for true distances; those of level sets may be less.
    pub tolerance_mm: f64,
}

/// A vertex on its way.
struct Vertex {
    /// Number in its slab.
    number: usize,
    /// First sample of its edge, among all, and the axis along which the other one lies.
    sample: [usize; 3],
    axis: usize,
    search: RootSearch,
}

impl<F: Frame> Settle<'_, F> {
    /// Brings all vertices of a slab to their places.
    pub fn all(&self, window: &Window, planes: (usize, usize), first: bool, surface: &mut Surface) {
        let mut waiting = Vec::with_capacity(AT_ONCE);
        let mut number = 0;
        visit_edges(window, planes, first, |[i, j, k], axis| {
            let value = |[i, j, k]: [usize; 3]| window.signed(window.row(j, k), i);
            let mut other = [i, j, k];
            other[axis] += 1;
            let ends = [value([i, j, k]), value(other)];
            let guess = f64::from(fraction(ends[0], ends[1]));
            let mut ends = ends.map(f64::from);
            // What lies outside by the level of surfaces alone has its zero at the sample.
            let outside = usize::from(ends[0] < ends[1]);
            ends[outside] = ends[outside].max(0.0);
            let search = RootSearch::new(ends, guess);
            waiting.push(Vertex { number, sample: [i, j, self.low + k], axis, search });
            number += 1;
            if waiting.len() == AT_ONCE {
                self.place(&mut waiting, surface.vertices_mut());
            }
        });
        self.place(&mut waiting, surface.vertices_mut());
    }

    fn point(&self, vertex: &Vertex) -> Point<F> {
        let [i, j, k] = vertex.sample;
        let mut p = self.samples.point(i, j, k).array();
        p[vertex.axis] += self.samples.step[vertex.axis] * vertex.search.at();
        Point::from(p)
    }

    /// Follows the searches to their ends.
    fn place(&self, waiting: &mut Vec<Vertex>, vertices: &mut [[f32; 3]]) {
        let margin = f64::from(EDGE_MARGIN);
        let (mut points, mut values) = (Vec::new(), Vec::new());
        for _ in 0..STEPS_MAX {
            points.clear();
            points.extend(waiting.iter().map(|vertex| self.point(vertex)));
            values.resize(points.len(), 0.0);
            self.field.distances(&points, &mut values);
            let mut values = values.iter();
            waiting.retain_mut(|vertex| {
                let value = *values.next().unwrap_or(&0.0);
                let Vertex { number, sample, axis, search } = vertex;
                let (step, at) = (self.samples.step[*axis], search.at());
                let narrowed = search.narrow(value);
                let off = value.abs().max(step * (search.at() - at).abs());
                let goes_on = narrowed && off > self.tolerance_mm;
                let part = if goes_on { search.at() } else { at }.clamp(margin, 1.0 - margin);
                vertices[*number][*axis] = (step * (sample[*axis] as f64 + part)) as f32;
                goes_on
            });
            if waiting.is_empty() {
                break;
            }
        }
        waiting.clear();
    }
}
