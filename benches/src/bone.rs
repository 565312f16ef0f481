//! The closed mesh of half a million triangles that the distance tasks share.

use std::path::Path;

use ossein_geom::{Lps, Point, TriMesh, Vector};

/// Reads the mesh that [`prepare`] wrote.
pub fn read(folder: &Path) -> Result<TriMesh<Lps>, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
    };
    let (corners, triangles) = (read("vertices.f64")?, read("triangles.u32")?);
    let corners: Vec<f64> =
        corners.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    let indices: Vec<u32> =
        triangles.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
    Ok(TriMesh {
        vertices: corners.as_chunks::<3>().0.iter().map(|&p| Point::from(p)).collect(),
        triangles: indices.as_chunks::<3>().0.to_vec(),
    })
}

/// Writes the mesh: a vertebra of `lumbar-mean-mesh` in `$OSSEIN_DATA`, each triangle cut into 16;
/// else a ball with dents of the same size.
pub fn prepare(folder: &Path) -> Result<(), String> {
    let mesh = vertebra().unwrap_or_else(|| {
        let mut ball = octahedron();
        (0..8).for_each(|_| ball = finer(&ball));
        let dents = |d: Vector<Lps>| 33.0 + 2.0 * (9.0 * d.x).sin() * (7.0 * d.y).cos();
        for v in &mut ball.vertices {
            let d = (*v - Point::ORIGIN).unit();
            *v = Point::ORIGIN + d * dents(d);
        }
        ball
    });
    let corners = mesh.vertices.iter().flat_map(|v| v.array()).flat_map(f64::to_le_bytes);
    let triangles = mesh.triangles.iter().flatten().flat_map(|v| v.to_le_bytes());
    for (name, bytes) in [
        ("vertices.f64", corners.collect::<Vec<u8>>()),
        ("triangles.u32", triangles.collect::<Vec<u8>>()),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn vertebra() -> Option<TriMesh<Lps>> {
    let folder = Path::new(&std::env::var_os("OSSEIN_DATA")?).join("lumbar-mean-mesh");
    let read = |name: &str| -> Option<Vec<[f64; 3]>> {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        let row = |line: &str| {
            let mut cells = line.split(',').map(|c| c.trim().parse::<f64>().ok());
            Some([cells.next()??, cells.next()??, cells.next()??])
        };
        text.lines().map(row).collect()
    };
    let corners = read("meanMesh_vertices.csv")?;
    let triangles = read("meanMesh_faces.csv")?;
    let triangles: Vec<[u32; 3]> = triangles.iter().map(|t| t.map(|v| v as u32 - 1)).collect();
    // The surfaces come one after the other: the first is what hangs together with its corner 0.
    let mut of_first = vec![false; corners.len()];
    of_first[triangles[0][0] as usize] = true;
    loop {
        let before = of_first.iter().filter(|v| **v).count();
        for t in &triangles {
            if t.iter().any(|&v| of_first[v as usize]) {
                t.iter().for_each(|&v| of_first[v as usize] = true);
            }
        }
        if of_first.iter().filter(|v| **v).count() == before {
            break;
        }
    }
    let mut place = vec![0; corners.len()];
    let mut vertices = Vec::new();
    for (v, p) in corners.iter().enumerate().filter(|(v, _)| of_first[*v]) {
        place[v] = vertices.len() as u32;
        vertices.push(Point::from(*p));
    }
    let kept = triangles.iter().filter(|t| of_first[t[0] as usize]);
    let triangles = kept.map(|t| t.map(|v| place[v as usize])).collect();
    Some(finer(&finer(&TriMesh { vertices, triangles })))
}

fn octahedron() -> TriMesh<Lps> {
    let corner = |n: usize| {
        let mut p = [0.0; 3];
        p[n / 2] = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        Point::from(p)
    };
    let triangles = vec![
        [0, 2, 4],
        [2, 1, 4],
        [1, 3, 4],
        [3, 0, 4],
        [2, 0, 5],
        [1, 2, 5],
        [3, 1, 5],
        [0, 3, 5],
    ];
    TriMesh { vertices: (0..6).map(corner).collect(), triangles }
}

/// Each triangle cut into four.
fn finer(mesh: &TriMesh<Lps>) -> TriMesh<Lps> {
    let mut vertices = mesh.vertices.clone();
    let mut middle = std::collections::BTreeMap::new();
    let mut triangles = Vec::with_capacity(4 * mesh.triangles.len());
    for &[a, b, c] in &mesh.triangles {
        let mut between = |a: u32, b: u32| {
            *middle.entry((a.min(b), a.max(b))).or_insert_with(|| {
                vertices.push(vertices[a as usize].lerp(vertices[b as usize], 0.5));
                vertices.len() as u32 - 1
            })
        };
        let (ab, bc, ca) = (between(a, b), between(b, c), between(c, a));
        triangles.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    TriMesh { vertices, triangles }
}
