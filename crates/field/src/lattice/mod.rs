//! Lattices: one cell a file, and the one list that names them.

mod bcc;
pub mod connectivity;
mod diamond;
mod diamond_struts;
mod distance;
mod f_rd;
mod fcc;
mod fischer_koch_s;
mod graded;
pub mod gyroid;
mod iwp;
mod level_set;
mod lidinoid;
mod neovius;
mod network;
mod octet;
pub mod periodic;
mod periods;
mod primitive;
mod rhombic_dodecahedron;
mod sheet;
mod simple_cubic;
pub mod sizes;
mod split_p;
pub mod stiffness;
mod struts;
pub mod target;
mod voronoi;

pub use graded::{Amount, Graded, Spec};
pub use gyroid::GyroidNetwork;
pub use level_set::{LevelSet, Term, Wave};
pub use network::Network;
pub use periods::Periods;
pub use sheet::{GradientSheet, Sheet};
pub use sizes::{CellFigures, check, connected, figures, fraction, level, thickness};
pub use struts::{Skeleton, Struts};
pub use target::{Plan, Target};

/// A unit cell.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The word that recipes use.
    pub word: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is made of.
    pub shape: Shape,
}

/// What a unit cell is made of.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A triply periodic surface.
    Level(LevelSet),
    /// Struts between nodes, made from a seed where they are random.
    Struts(fn(seed: u64) -> Skeleton),
}

/// Every cell, in the order in which menus show them.
pub const CELLS: &[Cell] = &[
    gyroid::CELL,
    diamond::CELL,
    primitive::CELL,
    iwp::CELL,
    neovius::CELL,
    fischer_koch_s::CELL,
    f_rd::CELL,
    lidinoid::CELL,
    split_p::CELL,
    simple_cubic::CELL,
    bcc::CELL,
    fcc::CELL,
    octet::CELL,
    diamond_struts::CELL,
    rhombic_dodecahedron::CELL,
    voronoi::CELL,
];

/// How a cell becomes a solid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// One side of a surface.
    Network,
    /// A wall of even thickness along a surface.
    Sheet,
    /// Round struts.
    Struts,
}

/// A cell and its form: what one word of a recipe names.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The cell.
    pub cell: &'static Cell,
    /// How it becomes a solid.
    pub form: Form,
    /// Where its random choices start; of no effect on ordered cells.
    pub seed: u64,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Kind {
    /// Word, form and seed.
    fn key(&self) -> (&'static str, Form, u64) {
        (self.cell.word, self.form, self.seed)
    }

    /// The word that names it: `gyroid`, `gyroid-sheet`, `octet`.
    pub fn word(&self) -> String {
        match self.form {
            Form::Sheet => format!("{}-sheet", self.cell.word),
            Form::Network | Form::Struts => self.cell.word.into(),
        }
    }

    /// Its name for people: `Gyroid network`.
    pub fn title(&self) -> String {
        match self.form {
            Form::Network => format!("{} network", self.cell.title),
            Form::Sheet => format!("{} sheet", self.cell.title),
            Form::Struts => format!("{} struts", self.cell.title),
        }
    }

    /// The same kind with another seed.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// Every kind, in the order in which menus show them.
pub fn kinds() -> impl Iterator<Item = Kind> {
    let forms = |cell: &'static Cell| -> &'static [Form] {
        match cell.shape {
            Shape::Level(_) => &[Form::Network, Form::Sheet],
            Shape::Struts(_) => &[Form::Struts],
        }
    };
    CELLS
        .iter()
        .flat_map(move |cell| forms(cell).iter().map(move |&form| Kind { cell, form, seed: 1 }))
}

/// The kind that a word names.
///
/// # Errors
/// [`LatticeError::Unknown`] with all words.
pub fn by_name(word: &str) -> Result<Kind, LatticeError> {
    kinds().find(|kind| kind.word() == word).ok_or_else(|| LatticeError::Unknown {
        word: word.into(),
        words: kinds().map(|kind| kind.word()).collect::<Vec<_>>().join(", "),
    })
}

/// Thinnest strut that LPBF makes in Ti64, mm (facts D3.33, D9.1).
pub const STRUT_MM_MIN: f64 = 0.25;
/// Thinnest wall that LPBF makes in Ti64, mm (facts D3.33, D9.1).
pub const WALL_MM_MIN: f64 = 0.25;
/// Narrowest throat that can be cleared of powder, mm (facts D3.33).
pub const THROAT_MM_MIN: f64 = 0.3;

/// A lattice that cannot be made, with the nearest that can.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LatticeError {
    /// A word that names no lattice.
    #[error("`{word}` names no lattice; lattices are {words}")]
    Unknown {
        /// The word.
        word: String,
        /// All words there are.
        words: String,
    },
    /// The solid or the void falls apart (facts D3.8).
    #[error(
        "a {cell} of solid fraction {fraction:.4} falls apart: it holds together from {min} to {max}"
    )]
    FallsApart {
        /// Name of the cell.
        cell: String,
        /// Wanted solid fraction.
        fraction: f64,
        /// Lowest fraction that holds.
        min: f64,
        /// Highest fraction whose void stays open.
        max: f64,
    },
    /// A strut too thin to print (facts D3.33).
    #[error(
        "walls or struts of {strut_mm:.3} mm cannot be printed: at least {limit_mm} mm, so a period of at \
         least {period_min_mm:.2} mm at this solid fraction"
    )]
    StrutTooThin {
        /// Thinnest place of the struts or walls, mm.
        strut_mm: f64,
        /// Thinnest that prints, mm.
        limit_mm: f64,
        /// Smallest period that would do, mm.
        period_min_mm: f64,
    },
    /// A throat too narrow to clear of powder (facts D3.33).
    #[error(
        "throats of {throat_mm:.3} mm keep their powder: at least {limit_mm} mm, so a period of \
         at least {period_min_mm:.2} mm at this solid fraction"
    )]
    ThroatTooNarrow {
        /// Narrowest passage, mm.
        throat_mm: f64,
        /// Narrowest that clears, mm.
        limit_mm: f64,
        /// Smallest period that would do, mm.
        period_min_mm: f64,
    },
    /// Fewer or more wishes than decide a lattice.
    #[error(
        "a lattice is decided by two of period, porosity, pore, thickness and modulus, not {0}"
    )]
    NotTwo(usize),
    /// Two ratios leave the size open.
    #[error(
        "porosity and modulus both fix the fraction: give a period, pore or thickness instead of one"
    )]
    NoLength,
    /// Two wishes that no lattice of the kind fulfils.
    #[error("no {cell} has {what} {wanted:.4}: it can have {min:.4} to {max:.4}")]
    OutOfReach {
        /// Name of the cell.
        cell: String,
        /// What was wished for.
        what: &'static str,
        /// The wish.
        wanted: f64,
        /// The least it can have.
        min: f64,
        /// The most it can have.
        max: f64,
    },
    /// A number that is no length, fraction or modulus.
    #[error("{what} is {value}: it must be {must_be}")]
    BadNumber {
        /// What the number is for.
        what: &'static str,
        /// The number.
        value: f64,
        /// What would do.
        must_be: &'static str,
    },
    /// No table of stiffness for this kind.
    #[error("the stiffness of a {cell} is not in the tables (facts D3.13)")]
    NoStiffness {
        /// Name of the cell.
        cell: String,
    },
}
