//! Surfaces with known answers: volume, Euler number, thin plates, the same for any thread count.

#[path = "../../../benches/src/implant.rs"]
mod implant;

use implant::ImplantField;
use ossein_field::boolean::{Difference, Intersection, Union};
use ossein_field::placed::Placed;
use ossein_field::primitive::{Cuboid, Sphere, Torus};
use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Job, Point, TriMesh, Vector};
use ossein_mesh::extract::{ExtractError, extract_compact, extract_streamed, samples_around};
use ossein_mesh::{check_watertight, extract, measure};

type P = Point<Implant>;

fn mesh(field: &dyn Field<Implant>, samples: &Block<Implant>) -> TriMesh<Implant> {
    extract(field, samples, &Job::quiet()).unwrap()
}

/// Vertices less edges plus triangles.
fn euler(mesh: &TriMesh<Implant>) -> i64 {
    mesh.vertices.len() as i64 - mesh.triangles.len() as i64 / 2
}

fn time_it() {
    for step in [0.4, 0.2, 0.1] {
        let samples = implant::samples(step);
        let clock = std::time::Instant::now();
        let mesh = extract_compact(&ImplantField, &samples, &Job::quiet()).unwrap();
        println!("{step} {} tris {:?}", mesh.triangles.len(), clock.elapsed());
        if step > 0.15 {
            let m = mesh.into_mesh();
            println!("{} {}", measure::volume_mm3(&m), euler(&m));
            check_watertight(m).unwrap();
        }
    }
}

#[test]
fn timing() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(time_it);
}
