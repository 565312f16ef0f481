//! A table of the lattices that implants may be designed with.

use std::io::Write;
use std::path::Path;

use ossein_field::lattice::{by_name, sizes};
use ossein_mechanics::homogenized::Cell;
use ossein_mechanics::{Homogenized, homogenize};

use super::{Arguments, cell};
use crate::commands::AnyError;
use crate::plain::file;
use crate::plain::lattice_cell::LatticeCell;
use crate::{Exit, progress};

/// Solid fractions in hundredths.
const FRACTIONS: [u32; 12] = [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65];

/// Writes the table: each lattice at each fraction at which solid and void hold together, at the
/// resolution and at half of it.
///
/// # Errors
/// What the solver or the disk says.
pub fn write(path: &Path, arguments: &Arguments) -> Result<Exit, AnyError> {
    let job = progress::job();
    let n = arguments.cell.resolution;
    let mut lines = vec![
        "# Stiffness of periodic lattices over Young's modulus of their solid.".to_owned(),
        format!("# Poisson's ratio {}, void exactly nothing.", arguments.poisson),
        "# cell\tvoxels\tfraction\tC11\tC12\tC44\tfraction_half\tC11_half\tC12_half\tC44_half"
            .to_owned(),
    ];
    for known in Cell::ALL {
        let word = known.id();
        let (low, high) = sizes::connected(by_name(word)?);
        for hundredths in FRACTIONS {
            let fraction = f64::from(hundredths) / 100.0;
            if !(fraction > low && fraction < high) {
                continue;
            }
            let solved = |n: usize| -> Result<Option<Homogenized>, AnyError> {
                let lattice = LatticeCell { word, fraction, seed: arguments.cell.seed };
                let model = cell::of_lattice(&lattice, n, arguments, &job)?;
                let found = homogenize(&model, &arguments.options(), &job)?;
                let whole = found.value.stiffness.compliance().is_some();
                Ok(whole.then_some(found.value))
            };
            let (Some(fine), Some(half)) = (solved(n)?, solved(n / 2)?) else { continue };
            let line = format!(
                "{word}\t{n}\t{}\t{}",
                numbers(&fine, arguments.modulus),
                numbers(&half, arguments.modulus)
            );
            progress::clear();
            eprintln!("{line}");
            lines.push(line);
        }
    }
    let text = lines.join("\n") + "\n";
    file::write(path, |to| to.write_all(text.as_bytes()))?;
    eprintln!("  wrote {}", path.display());
    Ok(Exit::Done)
}

/// Fraction, C11, C12 and C44 over the solid's modulus.
fn numbers(found: &Homogenized, modulus_mpa: f64) -> String {
    let [c11, c12, c44] = found.stiffness.cubic().map(|c| c / modulus_mpa);
    format!("{:.6}\t{c11:.6}\t{c12:.6}\t{c44:.6}", found.solid_fraction)
}
