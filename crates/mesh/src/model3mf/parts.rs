//! One object of several coloured parts, which keep their places to each other.

use std::io::{self, Seek, Write};

use ossein_geom::{Frame, TriMesh};

use super::{Metadata, escaped, head, package, write_triangles, write_vertices};

/// A part and how it is told from the others.
#[derive(Clone, Copy, Debug)]
pub struct ColorPart<'a, F: Frame> {
    /// Its name, which slicers show.
    pub name: &'a str,
    /// Red, green, blue.
    pub color: [u8; 3],
    /// Its surface.
    pub mesh: &'a TriMesh<F>,
}

/// The resource that lists the colours.
const COLORS_ID: usize = 1;

/// Writes `parts` as one object of a 3MF file: a mesh each with its name and a base material of its
/// colour, in millimetres, rounded to 0.1 micrometre.
///
/// # Errors
/// `InvalidInput` where there is no part; what `out` reports.
pub fn write_parts<F: Frame>(
    parts: &[ColorPart<'_, F>],
    metadata: &Metadata,
    out: impl Write + Seek,
) -> io::Result<()> {
    if parts.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "an object without parts"));
    }
    package(out, |zip| {
        zip.write_all(head::<F>(metadata, "").as_bytes())?;
        zip.write_all(colors(parts).as_bytes())?;
        for (n, part) in parts.iter().enumerate() {
            let (id, name) = (COLORS_ID + 1 + n, escaped(part.name));
            let lead = format!(
                "<object id=\"{id}\" type=\"model\" name=\"{name}\" pid=\"{COLORS_ID}\" \
                 pindex=\"{n}\"><mesh>"
            );
            zip.write_all(lead.as_bytes())?;
            write_vertices(part.mesh.vertices.iter().copied(), zip)?;
            write_triangles(part.mesh.triangles.iter().copied(), zip)?;
            zip.write_all(b"</mesh></object>")?;
        }
        zip.write_all(whole(parts.len(), &escaped(&metadata.title)).as_bytes())
    })
}

fn colors<F: Frame>(parts: &[ColorPart<'_, F>]) -> String {
    let base = |part: &ColorPart<'_, F>| {
        let (name, [r, g, b]) = (escaped(part.name), part.color);
        format!("<base name=\"{name}\" displaycolor=\"#{r:02X}{g:02X}{b:02X}FF\"/>")
    };
    let bases: String = parts.iter().map(base).collect();
    format!("<basematerials id=\"{COLORS_ID}\">{bases}</basematerials>")
}

/// The object that holds all parts, and the end of the model.
fn whole(count: usize, title: &str) -> String {
    let id = COLORS_ID + 1 + count;
    let one = |n: usize| format!("<component objectid=\"{}\"/>", COLORS_ID + 1 + n);
    let components: String = (0..count).map(one).collect();
    format!(
        "<object id=\"{id}\" type=\"model\" name=\"{title}\"><components>{components}\
         </components></object></resources><build><item objectid=\"{id}\"/></build></model>\n"
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use ossein_geom::{Build, Point};

    use super::*;
    use crate::model3mf::FORMAT;

    fn tetrahedron(x: f64) -> TriMesh<Build> {
        let at = |p: [f64; 3]| Point::new(p[0] + x, p[1], p[2]);
        let corners = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        TriMesh {
            vertices: corners.map(at).to_vec(),
            triangles: vec![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]],
        }
    }

    #[test]
    fn every_part_comes_back_in_its_place() {
        let meshes = [tetrahedron(0.0), tetrahedron(5.0)];
        let part = |(name, mesh)| ColorPart { name, color: [200, 10, 7], mesh };
        let parts = ["bone & <marrow>", "nerve"].into_iter().zip(&meshes).map(part);
        let parts: Vec<ColorPart<Build>> = parts.collect();
        let metadata = Metadata { title: "two".into(), entries: Vec::new() };
        let mut bytes = Cursor::new(Vec::new());
        write_parts(&parts, &metadata, &mut bytes).unwrap();
        let read = (FORMAT.read)(bytes.get_ref()).unwrap();
        assert_eq!(read.vertices.len(), 8);
        assert_eq!(read.triangles.len(), 8);
        let most = read.vertices.iter().map(|v| v[0]).fold(0.0, f64::max);
        assert!((most - 6.0).abs() < 1e-9);
        assert!(write_parts::<Build>(&[], &metadata, Cursor::new(Vec::new())).is_err());
    }
}
