//! `ossein shape-model build folder/ -o model.npz`.

use std::path::{Path, PathBuf};

use ossein_geom::{Job, Lps, TriMesh};
use ossein_picture::color::BONE;
use ossein_picture::{Item, Scene, View};
use ossein_shape::shape_model::{BuildError, BuildOptions, Built, Specimen, build};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::positive;
use crate::plain::{bone, file, image};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder of bones of one kind that lie about alike: meshes, label maps, or scans with
    /// --level.
    folder: PathBuf,
    #[command(flatten)]
    which: bone::Which,
    /// Where in a file's name, parted at `_`, the patient stands (counted from 1): bones of one
    /// patient are left out together. Without it each file is a patient.
    #[arg(long, value_name = "N")]
    patient_field: Option<usize>,
    /// Do not count every bone's mirror image as a bone too.
    #[arg(long)]
    no_mirror: bool,
    /// Vertices of the mean, about.
    #[arg(long, value_name = "COUNT", default_value_t = 4000)]
    vertices: usize,
    /// Share of the variance that the modes are to hold.
    #[arg(long, value_name = "SHARE", default_value_t = 0.98, value_parser = positive)]
    kept: f64,
    /// The model: an archive of NumPy arrays.
    #[arg(long, short, value_name = "FILE.npz")]
    out: PathBuf,
    /// Draws the mean and what the first three modes do.
    #[arg(long, value_name = "FILE.png", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    let job = progress::job();
    let bones = bones(arguments, &job)?;
    let patients = patients(&bones, arguments.patient_field)?;
    let set: Vec<Specimen<'_, Lps>> = bones
        .iter()
        .zip(&patients)
        .map(|((_, mesh), &patient)| Specimen { mesh, patient })
        .collect();
    let options = BuildOptions {
        vertex_count: arguments.vertices,
        mirrored: !arguments.no_mirror,
        kept: arguments.kept,
        tried: true,
    };
    let built = build(&set, &options, &job).map_err(|error| named(error, &bones))?;
    let bytes = built.model.to_bytes()?;
    file::write(&arguments.out, |to| std::io::Write::write_all(to, &bytes))?;
    progress::clear();
    eprintln!("  wrote {}", arguments.out.display());
    if let Some(path) = &arguments.picture {
        draw(path, &built, &job)?;
    }
    tell(arguments, &built, &bones);
    Ok(Exit::Done)
}

/// The bones of a folder in the order of their names.
fn bones(arguments: &Arguments, job: &Job) -> Result<Vec<(String, TriMesh<Lps>)>, AnyError> {
    let told =
        |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", arguments.folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&arguments.folder).map_err(|e| told(&e))? {
        let path = entry.map_err(|e| told(&e))?.path();
        if path.is_file() && is_bone(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(told(&"it holds no mesh and no image"));
    }
    let mut bones = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        job.labelled("bones read").step(n, paths.len())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        bones.push((name, bone::read(path, &arguments.which, &Job::quiet())?));
    }
    Ok(bones)
}

fn is_bone(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let endings = [".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".npy", ".npz"];
    image::is_mesh(path) || endings.iter().any(|ending| name.ends_with(ending))
}

/// Which patient each bone is of.
fn patients(
    bones: &[(String, TriMesh<Lps>)],
    field: Option<usize>,
) -> Result<Vec<usize>, AnyError> {
    let Some(field) = field else { return Ok((0..bones.len()).collect()) };
    let mut seen: Vec<&str> = Vec::new();
    let mut numbers = Vec::new();
    for (name, _) in bones {
        let part = field.checked_sub(1).and_then(|n| name.split('_').nth(n));
        let part = part.ok_or_else(|| {
            let count = name.split('_').count();
            format!("--patient-field {field}: {name} has {count} parts, counted from 1")
        })?;
        let number = seen.iter().position(|s| *s == part).unwrap_or_else(|| {
            seen.push(part);
            seen.len() - 1
        });
        numbers.push(number);
    }
    Ok(numbers)
}

/// An error with the file's name in the place of the bone's number.
fn named(error: BuildError, bones: &[(String, TriMesh<Lps>)]) -> String {
    match &error {
        BuildError::Apart { number, source } => format!(
            "{}: {source}; is it a bone of the same kind, and lies it as the others do?",
            bones[*number].0
        ),
        BuildError::Twice { first, second } => format!(
            "{} and {} hold the same bone and count as two patients: leave one out, or name the \
             patient with --patient-field",
            bones[*first].0, bones[*second].0
        ),
        BuildError::Bend { number, source } => format!("{}: {source}", bones[*number].0),
        other => other.to_string(),
    }
}

fn tell(arguments: &Arguments, built: &Built<Lps>, bones: &[(String, TriMesh<Lps>)]) {
    let model = &built.model;
    if arguments.json {
        let row = |n: usize| {
            json!({
                "file": bones[n].0,
                "correspondence_mm": built.correspondence_mm[n],
                "left_out_mm": built.left_out_mm.get(n),
            })
        };
        print_json(&json!({
            "bones": (0..bones.len()).map(row).collect::<Vec<Value>>(),
            "shape_count": model.shape_count,
            "vertex_count": model.mean.vertices.len(),
            "mode_count": model.modes.len(),
            "kept": model.kept,
            "shares": model.shares(),
            "residual_mm": model.residual_mm,
        }));
        return;
    }
    println!("{:<44} {:>12} {:>10}", "bone", "warped to mm", "left out");
    for (n, (name, _)) in bones.iter().enumerate() {
        let left_out = built.left_out_mm.get(n).map_or("-".into(), |mm| format!("{mm:.2}"));
        println!("{name:<44} {:>12.2} {left_out:>10}", built.correspondence_mm[n]);
    }
    let (vertex_count, mode_count) = (model.mean.vertices.len(), model.modes.len());
    println!(
        "{mode_count} modes of {vertex_count} vertices hold {:.1} % of the variance of {} bones (mirror images counted)",
        100.0 * model.kept,
        model.shape_count
    );
    let shares: Vec<String> = model.shares().iter().map(|s| format!("{:.0}", 100.0 * s)).collect();
    println!("shares: {} %", shares.join(", "));
    println!(
        "a bone of a patient it has not seen: {:.2} mm off (root mean square)",
        model.residual_mm
    );
}

/// Modes that are drawn, and how far to both sides, standard deviations.
const SHOWN: usize = 3;
const DEVIATIONS: f64 = 2.0;

fn draw(path: &Path, built: &Built<Lps>, job: &Job) -> Result<(), AnyError> {
    let (mut images, shares) = (Vec::new(), built.model.shares());
    for n in 0..SHOWN.min(built.model.modes.len()) {
        for sign in [-1.0, 1.0] {
            let mut weights = vec![0.0; n + 1];
            weights[n] = sign * DEVIATIONS;
            let mesh = built.model.at(&weights);
            let mut scene = Scene::new(vec![Item::plain(&mesh, BONE)], View::Oblique, [320, 320]);
            scene.camera.height_mm = 1.1 * built.model.mean.bounds().size().norm();
            let share = 100.0 * shares[n];
            let sign = if sign < 0.0 { "less" } else { "more" };
            scene.caption = vec![format!("mode {}, {share:.0} %: {sign}", n + 1)];
            images.push(ossein_picture::render(&scene, job)?);
        }
    }
    let all: Vec<&ossein_picture::Image> = images.iter().collect();
    let bytes = ossein_picture::png(&ossein_picture::beside(&all, 4));
    file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}
