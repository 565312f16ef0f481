//! What is wanted of a lattice: single numbers, or numbers that change from one to another.

use ossein_field::lattice::{self, Plan, Target};
use ossein_geom::Mm;
use ossein_mechanics::material::cards;

use crate::commands::AnyError;
use crate::plain::number::{finite, positive};

/// Places at which a lattice that changes is planned, evenly spread from its first to its last.
pub const PLAN_COUNT: usize = 9;

/// A number, or two between which it changes.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    from: f64,
    to: f64,
}

impl Wish {
    fn at(self, t: f64) -> f64 {
        self.from + t * (self.to - self.from)
    }

    fn changes(self) -> bool {
        self.from != self.to
    }
}

/// `0.7`, or `0.7:0.5`: numbers above zero.
fn wish(text: &str) -> Result<Wish, String> {
    let Some((from, to)) = text.split_once(':') else {
        let both = positive(text).map_err(|e| format!("{e}, or two of them as FROM:TO"))?;
        return Ok(Wish { from: both, to: both });
    };
    Ok(Wish { from: positive(from)?, to: positive(to)? })
}

/// What is wanted.
#[derive(clap::Args)]
pub struct Wishes {
    /// The lattice; a wrong word prints the list.
    #[arg(long, default_value = "gyroid")]
    cell: String,
    /// Void over volume.
    #[arg(long, value_name = "0..1[:0..1]", value_parser = wish)]
    porosity: Option<Wish>,
    /// Diameter of the largest ball in the void.
    #[arg(long, value_name = "MM[:MM]", value_parser = wish)]
    pore: Option<Wish>,
    /// Edge of the cell.
    #[arg(long, value_name = "MM[:MM]", value_parser = wish)]
    period: Option<Wish>,
    /// Wall or strut.
    #[arg(long, value_name = "MM[:MM]", value_parser = wish)]
    thickness: Option<Wish>,
    /// Young's modulus over that of the solid metal.
    #[arg(long, value_name = "0..1[:0..1]", value_parser = wish)]
    modulus_ratio: Option<Wish>,
    /// Young's modulus, of `--material`.
    #[arg(long, value_name = "GPA[:GPA]", value_parser = wish, conflicts_with = "modulus_ratio")]
    modulus: Option<Wish>,
    /// What the lattice is made of; a wrong word prints the list.
    #[arg(long, default_value = "ti64_eli_lpbf_hip_machined", value_name = "ID")]
    material: String,
    /// Where random cells start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One plan, or many from the first to the last.
pub struct Plans {
    all: Vec<Plan>,
    /// Young's modulus of the solid, GPa.
    pub solid_gpa: f64,
}

impl Plans {
    /// All of them; one where the lattice is the same everywhere.
    pub fn all(&self) -> &[Plan] {
        &self.all
    }

    /// The first and the last.
    pub fn ends(&self) -> [&Plan; 2] {
        [&self.all[0], &self.all[self.all.len() - 1]]
    }

    /// Whether the lattice changes.
    pub fn change(&self) -> bool {
        self.all.len() > 1
    }

    /// The thinnest wall or strut, mm.
    pub fn thinnest_mm(&self) -> f64 {
        self.all.iter().map(|plan| plan.thickness_mm).fold(f64::INFINITY, f64::min)
    }
}

impl Wishes {
    /// Young's modulus of the solid, GPa.
    ///
    /// # Errors
    /// Names all materials for a word that names none.
    fn modulus_gpa(&self) -> Result<f64, AnyError> {
        let cards = cards();
        let found = cards.iter().find(|card| card.id == self.material);
        found.map(|card| card.modulus().0 / 1e3).ok_or_else(|| {
            let names: Vec<_> = cards.iter().map(|card| card.id).collect();
            format!("--material {}: there are {}", self.material, names.join(", ")).into()
        })
    }

    /// The lattices that fulfil what is wanted.
    ///
    /// # Errors
    /// Where nothing does, with the nearest that can.
    pub fn plans(&self) -> Result<Plans, AnyError> {
        let solid_gpa = self.modulus_gpa()?;
        let all = [
            self.porosity,
            self.pore,
            self.period,
            self.thickness,
            self.modulus_ratio,
            self.modulus,
        ];
        let changes = all.iter().flatten().any(|wish| wish.changes());
        let count = if changes { PLAN_COUNT } else { 1 };
        let place = |n: usize| n as f64 / (count.max(2) - 1) as f64;
        let plans: Result<_, _> = (0..count).map(|n| self.plan(place(n), solid_gpa)).collect();
        Ok(Plans { all: plans?, solid_gpa })
    }

    fn plan(&self, t: f64, solid_gpa: f64) -> Result<Plan, AnyError> {
        let kind = lattice::by_name(&self.cell)?.with_seed(self.seed);
        let at = |wish: Option<Wish>| wish.map(|wish| wish.at(t));
        let ratio = at(self.modulus).map(|gpa| gpa / solid_gpa);
        Ok(lattice::target::plan(&Target {
            period: at(self.period).map(Mm),
            porosity: at(self.porosity),
            pore: at(self.pore).map(Mm),
            thickness: at(self.thickness).map(Mm),
            modulus_ratio: at(self.modulus_ratio).or(ratio),
            ..Target::of(kind)
        })?)
    }
}

/// `0:4`: two numbers, unlike.
pub fn span(text: &str) -> Result<[f64; 2], String> {
    let wanted = || String::from("two unlike numbers as FROM:TO are wanted");
    let (from, to) = text.split_once(':').ok_or_else(wanted)?;
    let span = [finite(from)?, finite(to)?];
    if span[0] == span[1] { Err(wanted()) } else { Ok(span) }
}
