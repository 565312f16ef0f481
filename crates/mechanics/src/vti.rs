//! Fields on the voxel grid as a VTK image (`.vti`): what ParaView and vtk.js read.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ossein_geom::{Grid, Lps};

/// Numbers of one array, tuple after tuple, `[k][j][i]`.
pub struct Array<'a> {
    /// Name in the viewer's menu.
    pub name: &'a str,
    /// Numbers in each tuple: 1, 3 or 6.
    pub components: usize,
    /// All of them.
    pub values: &'a [f32],
}

/// Writes `cells` (one tuple per voxel) and `points` (one per corner of a voxel) of a grid. Lengths
/// are mm, places LPS, and so must be vectors (x, y, z) and symmetric tensors (xx, yy, zz, xy, yz,
/// xz): viewers turn the grid alone. Values are little-endian, raw, after the header.
///
/// # Errors
/// What `to` says; an array whose length fits neither elements nor nodes.
pub fn write(
    to: &mut impl Write,
    grid: &Grid<Lps>,
    cells: &[Array<'_>],
    points: &[Array<'_>],
) -> io::Result<()> {
    let file = File { grid, cells, points, compressor: "" };
    file.head(to, |array| 8 + 4 * array.values.len())?;
    for array in points.iter().chain(cells) {
        to.write_all(&(4 * array.values.len() as u64).to_le_bytes())?;
        for values in array.values.chunks(VALUES_AT_ONCE) {
            to.write_all(&little_endian(values))?;
        }
    }
    to.write_all(END)
}

/// The same with every array packed by zlib, for files that are kept: mostly void, they shrink to a
/// small part.
///
/// # Errors
/// As [`write()`].
pub fn write_packed(
    to: &mut impl Write,
    grid: &Grid<Lps>,
    cells: &[Array<'_>],
    points: &[Array<'_>],
) -> io::Result<()> {
    let file = File { grid, cells, points, compressor: "compressor=\"vtkZLibDataCompressor\" " };
    let packed: Vec<Vec<u8>> =
        points.iter().chain(cells).map(|array| packed(array.values)).collect::<io::Result<_>>()?;
    let mut sizes = packed.iter().map(Vec::len);
    file.head(to, |_| sizes.next().unwrap_or(0))?;
    packed.iter().try_for_each(|bytes| to.write_all(bytes))?;
    to.write_all(END)
}

/// Values that are turned into bytes, or packed, at once.
const VALUES_AT_ONCE: usize = 1 << 14;
const END: &[u8] = b"\n</AppendedData>\n</VTKFile>\n";

fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// An array in blocks: their count, their size, that of the last where it is smaller, the packed size
/// of each; then the blocks.
fn packed(values: &[f32]) -> io::Result<Vec<u8>> {
    let pack = |values: &[f32]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&little_endian(values))?;
        encoder.finish()
    };
    let blocks: Vec<Vec<u8>> =
        values.chunks(VALUES_AT_ONCE).map(pack).collect::<io::Result<_>>()?;
    let last = 4 * (values.len() % VALUES_AT_ONCE);
    let head = [blocks.len(), 4 * VALUES_AT_ONCE, last].into_iter();
    let sizes = head.chain(blocks.iter().map(Vec::len));
    let mut bytes: Vec<u8> = sizes.flat_map(|n| (n as u64).to_le_bytes()).collect();
    bytes.extend(blocks.iter().flatten());
    Ok(bytes)
}

/// What a file holds.
struct File<'a> {
    grid: &'a Grid<Lps>,
    cells: &'a [Array<'a>],
    points: &'a [Array<'a>],
    /// The attribute that names what arrays are packed by.
    compressor: &'static str,
}

impl File<'_> {
    /// Everything before the first array's bytes; `byte_count` is asked for each array in turn.
    fn head(
        &self,
        to: &mut impl Write,
        mut byte_count: impl FnMut(&Array<'_>) -> usize,
    ) -> io::Result<()> {
        let Self { grid, cells, points, compressor } = self;
        self.check()?;
        let [ni, nj, nk] = grid.size;
        let extent = format!("0 {ni} 0 {nj} 0 {nk}");
        let corner = words(&grid.point([-0.5; 3]).array());
        let spacing = words(&grid.spacing);
        // Row by row: the axes of the grid are its columns.
        let axes = grid.axes.map(|a| a.array());
        let direction = words(&[0, 1, 2].map(|r| [0, 1, 2].map(|c| axes[c][r])).concat());
        writeln!(to, "<?xml version=\"1.0\"?>")?;
        writeln!(to, "<!-- lengths in mm, patient frame LPS, components too -->")?;
        writeln!(
            to,
            "<VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" \
             {compressor}header_type=\"UInt64\">"
        )?;
        writeln!(
            to,
            "<ImageData WholeExtent=\"{extent}\" Origin=\"{corner}\" Spacing=\"{spacing}\" \
             Direction=\"{direction}\">"
        )?;
        writeln!(to, "<Piece Extent=\"{extent}\">")?;
        let mut offset = 0;
        for (tag, arrays) in [("PointData", points), ("CellData", cells)] {
            writeln!(to, "<{tag}>")?;
            for array in *arrays {
                let (name, components) = (array.name, array.components);
                let labels = labels(array.components);
                writeln!(
                    to,
                    "<DataArray type=\"Float32\" Name=\"{name}\" \
                     NumberOfComponents=\"{components}\" {labels}format=\"appended\" \
                     offset=\"{offset}\"/>"
                )?;
                offset += byte_count(array);
            }
            writeln!(to, "</{tag}>")?;
        }
        writeln!(to, "</Piece>\n</ImageData>")?;
        write!(to, "<AppendedData encoding=\"raw\">\n_")
    }

    fn check(&self) -> io::Result<()> {
        let node_count = self.grid.size.iter().map(|n| n + 1).product();
        for (arrays, count) in [(self.cells, self.grid.voxel_count()), (self.points, node_count)] {
            if let Some(a) = arrays.iter().find(|a| a.values.len() != count * a.components) {
                let (name, have, want) = (a.name, a.values.len(), count * a.components);
                let text = format!("array {name}: {have} numbers, not {want}");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
        }
        Ok(())
    }
}

/// Names of the components of tensors; vectors are told by their number.
fn labels(components: usize) -> String {
    let names: &[&str] = if components == 6 { &["xx", "yy", "zz", "xy", "yz", "xz"] } else { &[] };
    names.iter().enumerate().map(|(n, name)| format!("ComponentName{n}=\"{name}\" ")).collect()
}

fn words(numbers: &[f64]) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use ossein_geom::Point;

    use super::*;

    fn grid() -> Grid<Lps> {
        Grid::aligned(Point::new(1.25, 2.25, 3.25), [0.5; 3], [2, 1, 1])
    }

    #[test]
    fn every_number_is_where_the_header_says() {
        let mut bytes = Vec::new();
        let cells = [Array { name: "stress", components: 1, values: &[3.0, 4.0] }];
        let nodes: Vec<f32> = (0..36).map(|n| n as f32).collect();
        let points = [Array { name: "displacement", components: 3, values: &nodes }];
        write(&mut bytes, &grid(), &cells, &points).unwrap();
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
        let error = write(&mut Vec::new(), &grid(), &cells, &[]).unwrap_err();
        assert_eq!(error.to_string(), "array stress: 6 numbers, not 12");
    }
    #[test]
    fn packed_arrays_unpack_to_the_same_numbers() {
        use std::io::Read;
        let size = [40, 30, 20];
        let grid = Grid::<Lps>::aligned(Point::ORIGIN, [1.0; 3], size);
        let values: Vec<f32> = (0..grid.voxel_count()).map(|n| (n % 1000) as f32).collect();
        let cells = [
            Array { name: "void", components: 1, values: &vec![0.0; values.len()] },
            Array { name: "stress", components: 1, values: &values },
        ];
        let mut bytes = Vec::new();
        write_packed(&mut bytes, &grid, &cells, &[]).unwrap();
        let mark = bytes.windows(2).position(|w| w == b"\n_").unwrap() + 2;
        let text = std::str::from_utf8(&bytes[..mark]).unwrap();
        assert!(text.contains("compressor=\"vtkZLibDataCompressor\""));
        let offset: usize =
            text.rsplit("offset=\"").next().unwrap().split('"').next().unwrap().parse().unwrap();
        let number = |n: usize| {
            let at = mark + offset + 8 * n;
            u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
        };
        let [count, block_size, last] = [number(0), number(1), number(2)];
        assert_eq!((count - 1) * block_size + last, 4 * values.len());
        let mut at = mark + offset + 8 * (3 + count);
        let mut unpacked = Vec::new();
        for n in 0..count {
            let packed = &bytes[at..at + number(3 + n)];
            flate2::read::ZlibDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
            at += packed.len();
        }
        assert_eq!(unpacked, little_endian(&values));
        assert!(bytes[at..].starts_with(END));
    }
}
