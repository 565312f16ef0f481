//! A model as a file: an archive of NumPy arrays (`numpy.load`).
//!
//! | array | shape | what |
//! |---|---|---|
//! | `mean` | vertices, 3 | mm |
//! | `triangles` | triangles, 3 | numbers of vertices, from 0 |
//! | `modes` | modes, vertices, 3 | way of each vertex per standard deviation, mm |
//! | `kept` | 1, 1 | share of the variance that the modes hold |
//! | `residual_mm` | 1, 1 | how far a bone that was left out stays from its best fit |
//! | `shape_count` | 1, 1 | bones, mirror images among them |

use std::io;

use ossein_geom::{Frame, Point, TriMesh, Vector};
use ossein_scan::npy::{Array, read_npz, write_npz};
use ossein_scan::{Image, ImageError, Values};

use super::ShapeModel;

/// Bytes that are no shape model.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// An array is missing, damaged or too large.
    #[error("shape model: array {name}: {source}")]
    Array {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        source: ImageError,
    },
    /// An array has other lengths than the rest ask for, or other numbers.
    #[error("shape model: array {name} {found}; {right}")]
    Wrong {
        /// Its name.
        name: &'static str,
        /// What it holds.
        found: String,
        /// What would be right.
        right: String,
    },
}

/// Modes, vertices and triangles at most.
const COUNT_MAX: usize = 1 << 24;

impl<F: Frame> ShapeModel<F> {
    /// The model as an archive; single precision, so that coordinates are true to 0.01 µm.
    ///
    /// # Errors
    /// [`io::Error`] for a model of more than 4 GiB.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let (vertex_count, mode_count) = (self.mean.vertices.len(), self.modes.len());
        let flat = |values: &mut dyn Iterator<Item = [f64; 3]>| {
            Values::F32(values.flatten().map(|v| v as f32).collect())
        };
        let mean = flat(&mut self.mean.vertices.iter().map(|p| p.array()));
        let modes = flat(&mut self.modes.iter().flatten().map(|v| v.array()));
        let corners = self.mean.triangles.iter().flatten().map(|&v| v as i32);
        let triangles = Values::I32(corners.collect());
        let number = |v: f64| Values::F32(vec![v as f32]);
        let (kept, residual) = (number(self.kept), number(self.residual_mm));
        let count = Values::I32(vec![self.shape_count as i32]);
        write_npz(&[
            Array { name: "mean", shape: &[vertex_count, 3], values: &mean },
            Array { name: "triangles", shape: &[self.mean.triangles.len(), 3], values: &triangles },
            Array { name: "modes", shape: &[mode_count, vertex_count, 3], values: &modes },
            Array { name: "kept", shape: &[1, 1], values: &kept },
            Array { name: "residual_mm", shape: &[1, 1], values: &residual },
            Array { name: "shape_count", shape: &[1, 1], values: &count },
        ])
    }

    /// The model of an archive.
    ///
    /// # Errors
    /// [`FileError`]: an array is missing, does not fit the others, holds no number, or needs more
    /// than `byte_count_max`.
    pub fn from_bytes(bytes: &[u8], byte_count_max: u64) -> Result<Self, FileError> {
        let array = |name| Named::read(bytes, name, byte_count_max);
        let mean = array("mean")?;
        let [three, vertex_count, _] = mean.image.grid.size;
        mean.check([3, vertex_count.clamp(4, COUNT_MAX), 1])?;
        let modes = array("modes")?;
        let mode_count = modes.image.grid.size[2];
        modes.check([three, vertex_count, mode_count.clamp(1, COUNT_MAX)])?;
        let triangles = array("triangles")?;
        let triangle_count = triangles.image.grid.size[1];
        triangles.check([3, triangle_count.clamp(4, COUNT_MAX), 1])?;
        let points = mean.triples()?;
        let vertices: Vec<Point<F>> = points.into_iter().map(Point::from).collect();
        let ways: Vec<Vector<F>> = modes.triples()?.into_iter().map(Vector::from).collect();
        let triangles = triangles.corners(vertex_count)?;
        let number = |name| -> Result<f64, FileError> {
            let one = array(name)?;
            one.check([1, 1, 1])?;
            Ok(one.numbers()?[0])
        };
        Ok(Self {
            mean: TriMesh { vertices, triangles },
            modes: ways.chunks_exact(vertex_count).map(<[_]>::to_vec).collect(),
            kept: number("kept")?,
            shape_count: number("shape_count")?.max(0.0) as usize,
            residual_mm: number("residual_mm")?,
        })
    }
}

/// An array and its name.
struct Named {
    name: &'static str,
    image: Image,
}

impl Named {
    fn read(bytes: &[u8], name: &'static str, byte_count_max: u64) -> Result<Self, FileError> {
        let image = read_npz(bytes, Some(name), Some([1.0; 3]), byte_count_max);
        let image = image.map_err(|source| FileError::Array { name, source })?;
        Ok(Self { name, image })
    }

    fn wrong(&self, found: String, right: &str) -> FileError {
        FileError::Wrong { name: self.name, found, right: right.into() }
    }

    /// Whether the axes, the fastest first, are as long as they should be.
    fn check(&self, size: [usize; 3]) -> Result<(), FileError> {
        let [i, j, k] = self.image.grid.size;
        let [a, b, c] = size;
        let right = format!("{c} x {b} x {a} is needed");
        if self.image.grid.size == size {
            return Ok(());
        }
        Err(self.wrong(format!("holds {k} x {j} x {i} numbers"), &right))
    }

    fn numbers(&self) -> Result<Vec<f64>, FileError> {
        let numbers: Vec<f64> = match &self.image.values {
            Values::I16(v) => v.iter().map(|&v| f64::from(v)).collect(),
            Values::I32(v) => v.iter().map(|&v| f64::from(v)).collect(),
            Values::F32(v) => v.iter().map(|&v| f64::from(v)).collect(),
        };
        match numbers.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(self.wrong(
                format!("holds {} as number {at}", numbers[at]),
                "finite numbers are needed",
            )),
            None => Ok(numbers),
        }
    }

    fn triples(&self) -> Result<Vec<[f64; 3]>, FileError> {
        Ok(self.numbers()?.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect())
    }

    fn corners(&self, vertex_count: usize) -> Result<Vec<[u32; 3]>, FileError> {
        let numbers = self.numbers()?;
        let is_vertex = |v: f64| v >= 0.0 && v < vertex_count as f64 && v.fract() == 0.0;
        if let Some(at) = numbers.iter().position(|&v| !is_vertex(v)) {
            let right = format!("vertices 0 to {} are there", vertex_count - 1);
            return Err(self.wrong(format!("holds {} as number {at}", numbers[at]), &right));
        }
        Ok(numbers.chunks_exact(3).map(|c| [c[0] as u32, c[1] as u32, c[2] as u32]).collect())
    }
}
