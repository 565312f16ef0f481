//! Effective elasticity of periodic cells: the figures.
//!
//! `table.tsv` is what `ossein homogenize --table` writes: finite elements on one periodic cell of
//! 128³ voxels, void exactly nothing, Poisson's ratio 0.3, and the same at 64³, which tells what
//! the size of the voxels leaves open. Cells are those that the design builds, sheets with even
//! walls and struts with smooth nodes: shear of simple cubic struts is a third stiffer for that.

use std::sync::OnceLock;

use super::Cell;

const TEXT: &str = include_str!("table.tsv");

/// A row: fraction, C11, C12, C44.
pub(super) type Row = [f64; 4];

/// The figures of a cell, by rising fraction.
#[derive(Default)]
pub(super) struct Figures {
    /// At the table's resolution.
    pub rows: Vec<Row>,
    /// At half of it.
    pub half: Vec<Row>,
}

/// The figures of a cell.
pub(super) fn figures(cell: Cell) -> &'static Figures {
    static TABLE: OnceLock<Vec<Figures>> = OnceLock::new();
    let table = TABLE.get_or_init(|| Cell::ALL.map(|cell| parse(cell.id())).into());
    &table[Cell::ALL.iter().position(|c| *c == cell).expect("every cell is listed")]
}

fn parse(id: &str) -> Figures {
    let mut figures = Figures::default();
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split('\t');
        if words.next() != Some(id) {
            continue;
        }
        let numbers: Vec<f64> = words.skip(1).map(|w| w.parse().expect("a number")).collect();
        figures.rows.push(numbers[..4].try_into().expect("four numbers"));
        figures.half.push(numbers[4..8].try_into().expect("four numbers"));
    }
    figures
}
