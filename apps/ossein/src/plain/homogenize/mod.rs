//! `ossein homogenize --cell gyroid --fraction 0.3`: the stiffness of a material made of equal
//! cells.

mod cell;
mod surface;
mod table;

use std::path::PathBuf;

use ossein_geom::{Finding, Job, Mpa, Severity};
use ossein_mechanics::periodic::hashin_shtrikman;
use ossein_mechanics::{HomogenizeOptions, Homogenized, LabelModel, homogenize};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::file;
use crate::plain::lattice_cell::CellArguments;
use crate::plain::memory::Memory;
use crate::plain::number::{finite, positive};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// One cell as an image: NIfTI, NRRD, MetaImage, .npy, .npz, TIFF, a folder of TIFF slices, or
    /// a mesh.
    #[arg(conflicts_with_all = ["cell", "fraction", "resolution"])]
    image: Option<PathBuf>,
    #[command(flatten)]
    cell: CellArguments,
    /// Young's modulus of the solid.
    #[arg(long, value_name = "MPA", default_value_t = 110_000.0, value_parser = positive)]
    modulus: f64,
    /// Poisson's ratio of the solid.
    #[arg(long, default_value_t = 0.3, value_parser = finite)]
    poisson: f64,
    /// Values of the image at and above it are solid; an image of two values needs none.
    #[arg(long, value_name = "VALUE", conflicts_with = "material", value_parser = finite)]
    threshold: Option<f64>,
    /// Edge of a voxel of the image, where the file does not state it; a mesh is cut into voxels of
    /// it.
    #[arg(long, value_name = "MM", requires = "image", value_parser = positive)]
    voxel: Option<f64>,
    /// Name of the array, of an .npz that holds several.
    #[arg(long, value_name = "NAME", requires = "image")]
    array: Option<String>,
    /// Edge of cubes to which the image is resampled: voxels must be cubes.
    #[arg(long, value_name = "MM", requires = "image", value_parser = positive)]
    resample: Option<f64>,
    /// A material of the image, once for each label: its Young's modulus in MPa and Poisson's
    /// ratio. Label 0 without one is void.
    #[arg(long, value_name = "LABEL:E:NU")]
    material: Vec<String>,
    /// Residual to reach, relative to that of the strain alone; the stiffness errs by about its
    /// square.
    #[arg(long, default_value_t = 1e-6, value_parser = positive)]
    tolerance: f64,
    /// Solve all six strains, also where symmetry makes them equal.
    #[arg(long)]
    all_strains: bool,
    #[command(flatten)]
    memory: Memory,
    /// A picture of Young's modulus in all directions, PNG.
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Instead of one cell: a table of the lattices that implants may be designed with.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["image", "cell", "fraction", "picture"])]
    table: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(match &arguments.table {
        Some(path) => table::write(path, arguments),
        None => one(arguments),
    })
}

impl Arguments {
    fn options(&self) -> HomogenizeOptions {
        HomogenizeOptions {
            tolerance: self.tolerance,
            use_symmetry: !self.all_strains,
            memory_bytes_max: self.memory.bytes(),
            ..HomogenizeOptions::default()
        }
    }
}

fn one(arguments: &Arguments) -> Result<Exit, AnyError> {
    let job = progress::job();
    let (model, half) = match (&arguments.image, arguments.cell.chosen()) {
        (Some(image), None) => (cell::of_image(image, arguments)?, None),
        (None, Some(lattice)) => {
            let n = arguments.cell.resolution;
            let made = |n| cell::of_lattice(&lattice, n, arguments, &job);
            let half = if n >= 16 { Some(made(n / 2)?) } else { None };
            (made(n)?, half)
        }
        _ => return Err("give an image, or --cell and --fraction, or --table".into()),
    };
    let found = homogenize(&model, &arguments.options(), &job)?;
    let half = half.map(|half| homogenize(&half, &arguments.options(), &job)).transpose()?;
    let half = half.map(|found| found.value);
    let figures = figures(arguments, &model, &found.value, half.as_ref(), &found.findings);
    if let Some(path) = &arguments.picture {
        let title = match &arguments.cell.cell {
            Some(word) => format!("{word}, solid fraction {:.3}", found.value.solid_fraction),
            None => format!("solid fraction {:.3}", found.value.solid_fraction),
        };
        draw(path, title, &found.value, &job)?;
    }
    progress::clear();
    found.findings.iter().for_each(progress::finding);
    if arguments.json {
        print_json(&figures);
    } else {
        print(&figures);
    }
    let failed = found.findings.iter().any(|f| f.severity == Severity::Failure);
    Ok(if failed { Exit::CheckFailed } else { Exit::Done })
}

fn draw(
    path: &std::path::Path,
    title: String,
    found: &Homogenized,
    job: &Job,
) -> Result<(), AnyError> {
    let Some(compliance) = found.stiffness.compliance() else {
        return Err(format!("{}: a cell that yields has no surface to draw", path.display()).into());
    };
    surface::draw(path, title, &compliance, job)
}

fn figures(
    arguments: &Arguments,
    model: &LabelModel,
    found: &Homogenized,
    half: Option<&Homogenized>,
    findings: &[Finding],
) -> Value {
    let of = |h: &Homogenized| {
        let cubic = h.stiffness.cubic();
        json!({ "solid_fraction": h.solid_fraction, "cubic_mpa": cubic })
    };
    // The bound holds for one solid and void.
    let bound = (model.materials.len() == 1).then(|| {
        let [c11, _, _, c12, ..] = model.materials[0].map(f64::from);
        let modulus = Mpa((c11 - c12) * (c11 + 2.0 * c12) / (c11 + c12));
        hashin_shtrikman(found.solid_fraction, modulus.0, c12 / (c11 + c12))
    });
    json!({
        "cell": arguments.cell.cell,
        "size": model.size,
        "solid_fraction": found.solid_fraction,
        "element_count": found.element_count,
        "unknown_count": 3 * found.node_count,
        "stiffness_mpa": found.stiffness,
        "cubic_mpa": found.stiffness.cubic(),
        "engineering": found.stiffness.engineering(),
        "zener": found.stiffness.zener(),
        "bulk_mpa": found.stiffness.bulk_mpa(),
        "bulk_bound_mpa": bound.map(|b| b[0]),
        "off_cubic": found.stiffness.off_cubic(),
        "half_resolution": half.map(of),
        "relative_change": half.map(|h| change(found, h)),
        "symmetry_count": found.symmetry_count,
        "strains_solved": found.solved_count,
        "iterations": found.iterations,
        "residual": found.residual,
        "stress_error": found.stress_error,
        "findings": findings,
    })
}

/// Largest change of C11, C12 and C44 from half the resolution, over the new value.
fn change(found: &Homogenized, half: &Homogenized) -> f64 {
    let pairs = found.stiffness.cubic().into_iter().zip(half.stiffness.cubic());
    pairs.map(|(c, h)| if c > 0.0 { (c / h - 1.0).abs() } else { 0.0 }).fold(0.0, f64::max)
}

fn print(figures: &Value) {
    let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
    println!("{:<22} {:.5}", "solid fraction", number(&figures["solid_fraction"]));
    println!("stiffness, MPa (xx yy zz yz xz xy)");
    for row in figures["stiffness_mpa"].as_array().into_iter().flatten() {
        let row: Vec<String> = row
            .as_array()
            .into_iter()
            .flatten()
            .map(|c| format!("{:11.2}", rounded(number(c))))
            .collect();
        println!("  {}", row.join(" "));
    }
    let three = |key: &str| -> String {
        let list = figures["engineering"][key].as_array();
        let words: Vec<String> =
            list.into_iter().flatten().map(|v| format!("{:.6}", number(v))).collect();
        words.join("  ")
    };
    if figures["engineering"].is_object() {
        println!("{:<22} {}", "E x y z, MPa", three("young_mpa"));
        println!("{:<22} {}", "G yz xz xy, MPa", three("shear_mpa"));
        println!("{:<22} {}", "nu xy yz zx", three("poisson"));
    }
    for (key, name) in [
        ("zener", "Zener ratio"),
        ("bulk_mpa", "bulk modulus, MPa"),
        ("bulk_bound_mpa", "its upper bound, MPa"),
        ("relative_change", "change from N/2"),
        ("stress_error", "stress against energy"),
        ("residual", "residual"),
    ] {
        if figures[key].is_number() {
            println!("{name:<22} {:.6}", Short(number(&figures[key])));
        }
    }
    let (solved, count) = (&figures["strains_solved"], &figures["symmetry_count"]);
    println!("{:<22} {solved} of 6; {count} of 48 symmetries", "strains solved");
}

/// To hundredths, nought without a sign.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// A number in as many digits as it needs.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0.0 || self.0.abs() >= 1e-3 {
            write!(to, "{:.4}", self.0)
        } else {
            write!(to, "{:.1e}", self.0)
        }
    }
}
