//! A strut lattice as nodes and beams: kilobytes where its mesh takes megabytes.

use std::io::{self, Seek, Write};

use ossein_geom::{Frame, Point};

use super::{
    Metadata, ONE_BUILT, ONE_OBJECT, head, package, push_mm, push_whole, write_rows, write_vertices,
};

/// A beam with round ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// Numbers of the nodes at both ends.
    pub nodes: [u32; 2],
    /// Radius at each end, mm.
    pub radius_mm: [f64; 2],
}

/// Struts between nodes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BeamLattice<F: Frame> {
    /// Places of the nodes, mm.
    pub nodes: Vec<Point<F>>,
    /// The struts.
    pub beams: Vec<Beam>,
}

const NAMESPACE: &str = concat!(
    r#" requiredextensions="b""#,
    r#" xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02""#
);

/// Writes a strut lattice as one object of a 3MF file with the beam lattice extension, in
/// millimetres, rounded to 0.1 micrometre.
///
/// # Errors
/// `InvalidInput` for a beam without length or radius, or whose node is not there; what `out`
/// reports.
pub fn write_lattice<F: Frame>(
    lattice: &BeamLattice<F>,
    metadata: &Metadata,
    out: impl Write + Seek,
) -> io::Result<()> {
    let count = lattice.nodes.len();
    for (n, beam) in lattice.beams.iter().enumerate() {
        let [a, b] = beam.nodes.map(|v| v as usize);
        let sound = a < count && b < count && a != b && beam.radius_mm.iter().all(|&r| r >= 1e-4);
        if !sound {
            let text = format!("beam {n} joins nodes {a} and {b} of {count}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
    }
    let usual = lattice.beams.first().map_or(1.0, |beam| beam.radius_mm[0]);
    let mut lead = b"<b:beamlattice minlength=\"0.0001\" radius=\"".to_vec();
    push_mm(&mut lead, usual);
    lead.extend_from_slice(b"\" cap=\"sphere\"><b:beams>");
    package(out, |zip| {
        zip.write_all(head::<F>(metadata, NAMESPACE).as_bytes())?;
        zip.write_all(ONE_OBJECT)?;
        write_vertices(lattice.nodes.iter().copied(), zip)?;
        zip.write_all(b"<triangles></triangles>")?;
        zip.write_all(&lead)?;
        write_rows(lattice.beams.iter(), zip, |text, beam| {
            let ends = ["<b:beam v1=\"", "\" v2=\""];
            for (name, v) in ends.iter().zip(beam.nodes) {
                text.extend_from_slice(name.as_bytes());
                push_whole(text, u64::from(v), 1);
            }
            for (name, radius) in ["\" r1=\"", "\" r2=\""].iter().zip(beam.radius_mm) {
                text.extend_from_slice(name.as_bytes());
                push_mm(text, radius);
            }
            text.extend_from_slice(b"\"/>");
        })?;
        zip.write_all(b"</b:beams></b:beamlattice>")?;
        zip.write_all(ONE_BUILT)
    })
}
