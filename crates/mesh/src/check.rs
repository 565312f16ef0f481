//! The proof that a mesh is closed: a type that only a passed check makes.

use ossein_geom::{Frame, TriMesh};

/// A mesh of which every edge belongs to exactly two triangles that run along it in opposite
/// directions, and no triangle uses a vertex twice.
#[derive(Clone, Debug)]
pub struct Watertight<F: Frame> {
    mesh: TriMesh<F>,
    component_count: usize,
}

/// What keeps a mesh from being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the mesh is not closed: {open_edge_count} edges without a partner, {crowded_edge_count} \
     shared by more than two triangles, {degenerate_count} triangles with a repeated vertex, \
     {stray_index_count} indices beyond the last vertex"
)]
pub struct Defects {
    /// Directed edges whose opposite is missing.
    pub open_edge_count: usize,
    /// Directed edges that occur more than once.
    pub crowded_edge_count: usize,
    /// Triangles with a repeated vertex.
    pub degenerate_count: usize,
    /// Indices that name no vertex.
    pub stray_index_count: usize,
}

impl<F: Frame> Watertight<F> {
    /// The mesh.
    pub fn mesh(&self) -> &TriMesh<F> {
        &self.mesh
    }

    /// Number of connected pieces.
    pub fn component_count(&self) -> usize {
        self.component_count
    }

    /// Gives the mesh back.
    pub fn into_mesh(self) -> TriMesh<F> {
        self.mesh
    }
}

/// Checks that `mesh` is closed, manifold along its edges and oriented.
///
/// # Errors
/// [`Defects`] with the count of each fault.
pub fn check_watertight<F: Frame>(mesh: TriMesh<F>) -> Result<Watertight<F>, Defects> {
    let vertex_count = mesh.vertices.len();
    let mut defects = Defects {
        open_edge_count: 0,
        crowded_edge_count: 0,
        degenerate_count: 0,
        stray_index_count: 0,
    };
    for t in &mesh.triangles {
        defects.stray_index_count += t.iter().filter(|&&v| v as usize >= vertex_count).count();
        defects.degenerate_count += usize::from(t[0] == t[1] || t[1] == t[2] || t[2] == t[0]);
    }
    if defects.stray_index_count > 0 {
        return Err(defects);
    }
    count_edges(&mesh, &mut defects);
    if defects.open_edge_count + defects.crowded_edge_count + defects.degenerate_count > 0 {
        return Err(defects);
    }
    let component_count = component_count(&mesh);
    Ok(Watertight { mesh, component_count })
}

fn edges(t: [u32; 3]) -> [(u32, u32); 3] {
    [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])]
}

/// Sorts the edges into buckets by their lower vertex; the low bit says in which direction.
fn count_edges<F: Frame>(mesh: &TriMesh<F>, defects: &mut Defects) {
    let mut start = vec![0u32; mesh.vertices.len() + 1];
    for (a, b) in mesh.triangles.iter().flat_map(|&t| edges(t)) {
        start[a.min(b) as usize + 1] += 1;
    }
    for v in 1..start.len() {
        start[v] += start[v - 1];
    }
    let mut filled = start.clone();
    let mut other = vec![(0u32, false); 3 * mesh.triangles.len()];
    for (a, b) in mesh.triangles.iter().flat_map(|&t| edges(t)) {
        let slot = &mut filled[a.min(b) as usize];
        other[*slot as usize] = (a.max(b), a < b);
        *slot += 1;
    }
    for v in 0..mesh.vertices.len() {
        let bucket = &mut other[start[v] as usize..start[v + 1] as usize];
        bucket.sort_unstable();
        for run in bucket.chunk_by(|x, y| x.0 == y.0) {
            let forward = run.iter().filter(|edge| edge.1).count();
            let backward = run.len() - forward;
            defects.open_edge_count += forward.abs_diff(backward);
            defects.crowded_edge_count += usize::from(forward > 1 || backward > 1);
        }
    }
}

fn component_count<F: Frame>(mesh: &TriMesh<F>) -> usize {
    let mut parent: Vec<u32> = (0..mesh.vertices.len() as u32).collect();
    fn root(parent: &mut [u32], mut v: u32) -> u32 {
        while parent[v as usize] != v {
            parent[v as usize] = parent[parent[v as usize] as usize];
            v = parent[v as usize];
        }
        v
    }
    let mut used = vec![false; mesh.vertices.len()];
    for t in &mesh.triangles {
        t.iter().for_each(|&v| used[v as usize] = true);
        for (a, b) in [(t[0], t[1]), (t[1], t[2])] {
            let (a, b) = (root(&mut parent, a), root(&mut parent, b));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    (0..parent.len()).filter(|&v| used[v] && parent[v] == v as u32).count()
}
