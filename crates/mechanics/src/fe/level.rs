//! One grid of the hierarchy: its mesh, its diagonal, its vectors.

use super::element::diagonal;
use super::mesh::Mesh;
use super::transfer::Transfer;

/// A grid of the hierarchy. Vectors hold all x, then all y, then all z, with spare zeros behind.
pub(crate) struct Level {
    /// Nodes and elements.
    pub mesh: Mesh,
    /// Planes of nodes that each task takes.
    pub tasks: Vec<[usize; 2]>,
    /// Inverse of the diagonal; zero at fixed degrees of freedom.
    pub inverse: Vec<f32>,
    /// Upper end of the spectrum of the operator divided by its diagonal.
    pub lambda: f32,
    /// Bound that `lambda` never needs to exceed.
    pub lambda_bound: f32,
    /// Way to the next coarser grid.
    pub transfer: Option<Transfer>,
    /// Correction.
    pub x: Vec<f32>,
    /// Residual.
    pub r: Vec<f32>,
    /// Last step of the smoother.
    pub d: Vec<f32>,
    /// Next step of the smoother.
    pub e: Vec<f32>,
    /// Sum of corrections where a level is visited twice.
    pub sum: Vec<f32>,
}

impl Level {
    /// A level of a mesh whose nodes have these bits of fixed axes. Its vectors are empty.
    pub fn new(mesh: Mesh, fixed: &[u8]) -> Self {
        let inverse = inverse_diagonal(&mesh, fixed);
        let lambda_bound = mesh.templates.eigenvalue_bound();
        let tasks = mesh.tasks();
        let (lambda, transfer) = (lambda_bound, None);
        let [x, r, d, e, sum] = [const { Vec::new() }; 5];
        Self { mesh, tasks, inverse, lambda, lambda_bound, transfer, x, r, d, e, sum }
    }

    /// Makes room for the vectors.
    pub fn allocate(&mut self, visited_twice: bool) {
        let len = self.mesh.len();
        for v in [&mut self.x, &mut self.r, &mut self.d, &mut self.e] {
            *v = vec![0.0; len];
        }
        if visited_twice {
            self.sum = vec![0.0; len];
        }
    }

    /// Nodes of each task.
    pub fn bounds(&self) -> Vec<[usize; 2]> {
        self.tasks.iter().map(|planes| self.mesh.nodes_of(*planes)).collect()
    }
}

/// Cuts each component of a vector at the bounds, which follow one another from 0 on.
pub(crate) fn parts<'a, T>(
    v: &'a mut [T],
    stride: usize,
    bounds: &[[usize; 2]],
) -> Vec<[&'a mut [T]; 3]> {
    let mut components = v.chunks_exact_mut(stride);
    let mut rest: [&mut [T]; 3] =
        std::array::from_fn(|_| components.next().expect("three components"));
    let cut = |&[first, last]: &[usize; 2]| {
        std::array::from_fn(|c| rest[c].split_off_mut(..last - first).expect("inside the vector"))
    };
    bounds.iter().map(cut).collect()
}

/// The parts of each component of a vector between two nodes.
pub(crate) fn view<T>(v: &[T], stride: usize, [first, last]: [usize; 2]) -> [&[T]; 3] {
    std::array::from_fn(|c| &v[c * stride + first..c * stride + last])
}

fn inverse_diagonal(mesh: &Mesh, fixed: &[u8]) -> Vec<f32> {
    let stride = mesh.stride();
    let of_template: Vec<[f32; 3]> =
        mesh.templates.moduli.iter().map(|c| diagonal(c).map(|d| d as f32)).collect();
    let mut inverse = vec![0.0f32; mesh.len()];
    mesh.for_each_element(|_, nodes, scale, template| {
        let entries = of_template[template as usize].map(|d| d * scale);
        for node in nodes {
            (0..3).for_each(|c| inverse[c * stride + node as usize] += entries[c]);
        }
    });
    for c in 0..3 {
        let values = &mut inverse[c * stride..c * stride + fixed.len()];
        for (value, bits) in values.iter_mut().zip(fixed) {
            *value = if bits >> c & 1 == 0 { 1.0 / *value } else { 0.0 };
        }
    }
    inverse
}
