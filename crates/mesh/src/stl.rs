//! Binary STL, written as a stream.

use std::io::{self, Write};

use ossein_geom::{Frame, TriMesh};

/// Writes `mesh` as binary STL; the header names frame and unit.
///
/// # Errors
/// What `out` reports, and `InvalidInput` for more triangles than the format can count.
pub fn write<F: Frame>(mesh: &TriMesh<F>, title: &str, out: &mut impl Write) -> io::Result<()> {
    let count = u32::try_from(mesh.triangles.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "too many triangles for STL"))?;
    let mut header = [b' '; 80];
    let text = format!("Ossein {title} frame={} unit=mm", F::NAME);
    let bytes = text.as_bytes();
    let length = bytes.len().min(80);
    header[..length].copy_from_slice(&bytes[..length]);
    out.write_all(&header)?;
    out.write_all(&count.to_le_bytes())?;
    let mut chunk = Vec::with_capacity(50 * 8192);
    for triangles in mesh.triangles.chunks(8192) {
        chunk.clear();
        for &t in triangles {
            let normal = mesh.doubled_normal(t).unit().array();
            let corners = mesh.corners(t).map(|p| p.array());
            for value in normal.iter().chain(corners.iter().flatten()) {
                chunk.extend_from_slice(&(*value as f32).to_le_bytes());
            }
            chunk.extend_from_slice(&[0, 0]);
        }
        out.write_all(&chunk)?;
    }
    Ok(())
}
