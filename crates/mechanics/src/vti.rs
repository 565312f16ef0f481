//! Fields on the voxel grid as a VTK image (`.vti`): what ParaView and vtk.js read.

use std::io::{self, Write};

use crate::model::Model;

/// Numbers of one array, tuple after tuple, `[k][j][i]`.
pub struct Array<'a> {
    /// Name in the viewer's menu.
    pub name: &'a str,
    /// Numbers in each tuple: 1, 3 or 6.
    pub components: usize,
    /// All of them.
    pub values: &'a [f32],
}

/// Writes `cells` (one tuple per element) and `points` (one per node) of a model whose corner lies
/// at `origin_mm`. Lengths are mm; values are little-endian, raw, after the header.
///
/// # Errors
/// What `to` says; an array whose length fits neither elements nor nodes.
pub fn write(
    to: &mut impl Write,
    model: &Model,
    origin_mm: [f64; 3],
    cells: &[Array<'_>],
    points: &[Array<'_>],
) -> io::Result<()> {
    for (arrays, count) in [(cells, model.element_count()), (points, model.node_count())] {
        if let Some(a) = arrays.iter().find(|a| a.values.len() != count * a.components) {
            let (name, have, want) = (a.name, a.values.len(), count * a.components);
            let text = format!("array {name}: {have} numbers, not {want}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
    }
    let [ni, nj, nk] = model.size;
    let extent = format!("0 {ni} 0 {nj} 0 {nk}");
    let [x, y, z] = origin_mm;
    let h = model.voxel_mm;
    writeln!(to, "<?xml version=\"1.0\"?>")?;
    writeln!(
        to,
        "<VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" \
         header_type=\"UInt64\">"
    )?;
    writeln!(
        to,
        "<ImageData WholeExtent=\"{extent}\" Origin=\"{x} {y} {z}\" Spacing=\"{h} {h} {h}\">"
    )?;
    writeln!(to, "<Piece Extent=\"{extent}\">")?;
    let mut offset = 0;
    for (tag, arrays) in [("PointData", points), ("CellData", cells)] {
        writeln!(to, "<{tag}>")?;
        for array in arrays {
            let (name, components) = (array.name, array.components);
            writeln!(
                to,
                "<DataArray type=\"Float32\" Name=\"{name}\" NumberOfComponents=\"{components}\" \
                 format=\"appended\" offset=\"{offset}\"/>"
            )?;
            offset += 8 + 4 * array.values.len();
        }
        writeln!(to, "</{tag}>")?;
    }
    writeln!(to, "</Piece>\n</ImageData>")?;
    write!(to, "<AppendedData encoding=\"raw\">\n_")?;
    for array in points.iter().chain(cells) {
        to.write_all(&(4 * array.values.len() as u64).to_le_bytes())?;
        for values in array.values.chunks(4096) {
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            to.write_all(&bytes)?;
        }
    }
    writeln!(to, "\n</AppendedData>\n</VTKFile>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        Model { size: [2, 1, 1], voxel_mm: 0.5, moduli: vec![[1.0; 3]; 2] }
    }

    #[test]
    fn every_number_is_where_the_header_says() {
        let mut bytes = Vec::new();
        let cells = [Array { name: "stress", components: 1, values: &[3.0, 4.0] }];
        let nodes: Vec<f32> = (0..36).map(|n| n as f32).collect();
        let points = [Array { name: "displacement", components: 3, values: &nodes }];
        write(&mut bytes, &model(), [1.0, 2.0, 3.0], &cells, &points).unwrap();
        let mark = bytes.windows(2).position(|w| w == b"\n_").unwrap() + 2;
        let text = std::str::from_utf8(&bytes[..mark]).unwrap();
        let offset: usize =
            text.rsplit("offset=\"").next().unwrap().split('"').next().unwrap().parse().unwrap();
        let at = mark + offset;
        assert_eq!(bytes[at..at + 8], 8u64.to_le_bytes());
        assert_eq!(bytes[at + 8..at + 12], 3.0f32.to_le_bytes());
        assert_eq!(bytes[mark..mark + 8], 144u64.to_le_bytes());
        assert!(text.contains("WholeExtent=\"0 2 0 1 0 1\" Origin=\"1 2 3\""));
    }

    #[test]
    fn a_short_array_is_refused() {
        let cells = [Array { name: "stress", components: 6, values: &[0.0; 6] }];
        let error = write(&mut Vec::new(), &model(), [0.0; 3], &cells, &[]).unwrap_err();
        assert_eq!(error.to_string(), "array stress: 6 numbers, not 12");
    }
}
