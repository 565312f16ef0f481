//! The largest piece of a surface: the bone, without what lies beside it in the scan.

use ossein_geom::{Frame, TriMesh};

/// The piece with the greatest area, its triangles in their order; vertices that no triangle needs
/// are left out. A head rest is another piece, and so is each cavity inside the bone.
pub fn largest_piece<F: Frame>(mesh: &TriMesh<F>) -> TriMesh<F> {
    let mut root = roots(mesh);
    let mut areas = vec![0.0f64; mesh.vertices.len()];
    for t in &mesh.triangles {
        areas[find(&mut root, t[0]) as usize] += mesh.doubled_normal(*t).norm();
    }
    let largest = (0..areas.len()).rev().max_by(|&a, &b| areas[a].total_cmp(&areas[b]));
    let largest = largest.map(|n| n as u32);
    let ours = |t: &[u32; 3], root: &mut [u32]| Some(find(root, t[0])) == largest;
    let triangles: Vec<[u32; 3]> =
        mesh.triangles.iter().filter(|t| ours(t, &mut root)).copied().collect();
    with_triangles(mesh, &triangles)
}

/// Every piece, in the order of their first triangles; a cavity is a piece of its own.
pub fn pieces<F: Frame>(mesh: &TriMesh<F>) -> Vec<TriMesh<F>> {
    let mut root = roots(mesh);
    let mut number = vec![usize::MAX; mesh.vertices.len()];
    let mut triangles: Vec<Vec<[u32; 3]>> = Vec::new();
    for t in &mesh.triangles {
        let own = &mut number[find(&mut root, t[0]) as usize];
        if *own == usize::MAX {
            *own = triangles.len();
            triangles.push(Vec::new());
        }
        triangles[*own].push(*t);
    }
    let mut numbers = vec![u32::MAX; mesh.vertices.len()];
    triangles.iter().map(|own| renumbered(mesh, own, &mut numbers)).collect()
}

/// The least vertex that hangs together with each.
fn roots<F: Frame>(mesh: &TriMesh<F>) -> Vec<u32> {
    let mut root: Vec<u32> = (0..mesh.vertices.len() as u32).collect();
    for t in &mesh.triangles {
        let [a, b, c] = t.map(|v| find(&mut root, v));
        let least = a.min(b).min(c);
        [a, b, c].into_iter().for_each(|v| root[v as usize] = least);
    }
    root
}

/// Some triangles of a mesh with the vertices that they need, in their order.
pub fn with_triangles<F: Frame>(mesh: &TriMesh<F>, triangles: &[[u32; 3]]) -> TriMesh<F> {
    renumbered(mesh, triangles, &mut vec![u32::MAX; mesh.vertices.len()])
}

/// The same, with the new numbers of vertices in a table that no triangle has touched before.
fn renumbered<F: Frame>(
    mesh: &TriMesh<F>,
    triangles: &[[u32; 3]],
    number: &mut [u32],
) -> TriMesh<F> {
    let mut kept = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    for t in triangles {
        let triangle = t.map(|v| {
            if number[v as usize] == u32::MAX {
                number[v as usize] = kept.vertices.len() as u32;
                kept.vertices.push(mesh.vertices[v as usize]);
            }
            number[v as usize]
        });
        kept.triangles.push(triangle);
    }
    kept
}

fn find(root: &mut [u32], mut v: u32) -> u32 {
    while root[v as usize] != v {
        root[v as usize] = root[root[v as usize] as usize];
        v = root[v as usize];
    }
    v
}
