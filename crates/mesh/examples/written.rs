//! Writes a ring in every format, and a strut lattice, into the folder that is named: what
//! `tests/oracle/mesh_files.py` holds against other readers.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use ossein_field::primitive::Torus;
use ossein_geom::{Job, Lps, Point, Vector};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::model3mf::{self, Beam, BeamLattice, Metadata};
use ossein_mesh::ply::Encoding;
use ossein_mesh::{measure, obj, ply, stl};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("a folder")?);
    std::fs::create_dir_all(&folder)?;
    let ring = Torus {
        center: Point::<Lps>::new(1.0, 2.0, 3.0),
        axis: Vector::new(0.0, 0.6, 0.8),
        ring_radius_mm: 6.0,
        tube_radius_mm: 2.0,
    };
    let mesh = extract(&ring, &samples_around(&ring, 0.2), &Job::quiet())?;
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    stl::write(&mesh, "ring", &mut file("ring.stl")?)?;
    let corners = mesh.triangles.iter().map(|&t| mesh.corners(t));
    stl::write_stream(corners, "ring", &mut file("ring_stream.stl")?)?;
    stl::write_text(&mesh, "ring", &mut file("ring_text.stl")?)?;
    obj::write(&mesh, "ring", &mut file("ring.obj")?)?;
    ply::write(&mesh, Encoding::Text, "ring", &mut file("ring_text.ply")?)?;
    ply::write(&mesh, Encoding::LittleEndian, "ring", &mut file("ring.ply")?)?;
    ply::write(&mesh, Encoding::BigEndian, "ring", &mut file("ring_big.ply")?)?;
    let metadata = Metadata { title: "ring".into(), entries: vec![("kind".into(), "ring".into())] };
    model3mf::write(&mesh, &metadata, file("ring.3mf")?)?;
    model3mf::write_lattice(&lattice(), &metadata, file("lattice.3mf")?)?;
    let (vertices, triangles) = (mesh.vertices.len(), mesh.triangles.len());
    let volume = measure::volume_mm3(&mesh);
    let beams = lattice().beams.len();
    let expected = format!(
        "{{\"vertices\":{vertices},\"triangles\":{triangles},\"volume_mm3\":{volume},\
         \"beams\":{beams}}}\n"
    );
    file("expected.json")?.write_all(expected.as_bytes())?;
    Ok(())
}

/// Simple cubic struts, 4 x 4 x 4 nodes.
fn lattice() -> BeamLattice<Lps> {
    let mut lattice = BeamLattice::default();
    for n in 0..64u32 {
        let at = [n % 4, n / 4 % 4, n / 16];
        lattice.nodes.push(Point::from(at.map(|v| 2.0 * f64::from(v))));
        for (axis, step) in [1, 4, 16].into_iter().enumerate() {
            if at[axis] < 3 {
                lattice.beams.push(Beam { nodes: [n, n + step], radius_mm: [0.3, 0.25] });
            }
        }
    }
    lattice
}
