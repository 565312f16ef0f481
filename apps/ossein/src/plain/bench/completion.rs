//! `ossein bench completion data/`: holes cut into a skull and segments cut out of jaws, completed
//! by every method and held against what was cut.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ossein_geom::{Aabb, Job, Lps, Point, TriMesh};
use ossein_picture::{Camera, ColorMap, Item, Legend, Projection, Scene, View};
use ossein_scan::{Image, read_image};
use ossein_shape::ShapeModel;
use ossein_shape::completion::Method;
use ossein_shape::known::skull::Skull;
use ossein_shape::known::{Chosen, Row, Score, Trial, chosen, jaw, rows};
use ossein_shape::shape_model::{BuildError, BuildOptions, Specimen, build};
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::file;
use crate::plain::number::finite;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder with `skull-ct/` (scans of skulls) and `mandible-gt/` (masks of lower jaws).
    dir: PathBuf,
    /// Bone of the skull has this many HU or more.
    #[arg(long, value_name = "HU", default_value_t = 300.0, value_parser = finite)]
    level: f64,
    /// Draws the worst completion, in the colours of its error.
    #[arg(long, value_name = "FILE.png", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print every trial and the table as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Jaws of other patients among which a template is chosen.
const TEMPLATE_COUNT: usize = 3;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

/// All trials of one kind of bone.
struct Kind {
    name: &'static str,
    trials: Vec<Trial>,
    /// The whole bone of each trial, by its name.
    bones: Vec<(String, TriMesh<Lps>)>,
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let job = progress::job();
    let skulls = skulls(&arguments.dir.join("skull-ct"), arguments.level, &job)?;
    let jaws = jaws(&arguments.dir.join("mandible-gt"), &job)?;
    progress::clear();
    let kinds = [skulls, jaws];
    if kinds.iter().all(|kind| kind.trials.is_empty()) {
        let dir = arguments.dir.display();
        return Err(format!("{dir}: no scan in skull-ct/ and no masks in mandible-gt/").into());
    }
    let table: Vec<Row> = kinds.iter().flat_map(|kind| rows(kind.name, &kind.trials)).collect();
    let chosen = chosen(&kinds[0].trials);
    if arguments.json {
        let trials: Vec<&Trial> = kinds.iter().flat_map(|kind| &kind.trials).collect();
        print_json(&json!({ "trials": trials, "table": table, "chosen": chosen }));
    } else {
        print(&table, &kinds);
        chosen.iter().for_each(tell_choice);
    }
    if let Some(path) = &arguments.picture {
        draw(path, &kinds, &job)?;
    }
    Ok(Exit::Done)
}

/// The images of a folder in the order of their names; none where there is no folder.
fn images(folder: &Path) -> Result<Vec<(String, Image)>, AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", folder.display()));
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| told(&e))? {
        let path = entry.map_err(|e| told(&e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if [".nii", ".nii.gz", ".nrrd", ".mha"].iter().any(|ending| name.ends_with(ending)) {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let image = read_image(&name, &file::read(&path)?, file::BYTE_COUNT_MAX)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((name, image))
    };
    paths.into_iter().map(read).collect()
}

fn skulls(folder: &Path, level_hu: f64, job: &Job) -> Result<Kind, AnyError> {
    let (mut trials, mut bones) = (Vec::new(), Vec::new());
    for (name, image) in images(folder)? {
        let could_not = |e: &dyn std::fmt::Display| AnyError::from(format!("{name}: {e}"));
        let skull = Skull::new(image.into_hu(), level_hu, &job.labelled("skull"))
            .map_err(|e| could_not(&e))?;
        let holes = skull.holes();
        for (n, hole) in holes.iter().enumerate() {
            job.labelled(&format!("{name}: holes")).step(n, holes.len())?;
            let found = skull.run(hole, &Job::quiet()).map_err(|e| could_not(&e))?;
            trials.extend(found.into_iter().map(|trial| Trial { bone: name.clone(), ..trial }));
        }
        bones.push((name, skull.bone));
    }
    Ok(Kind { name: "skull", trials, bones })
}

fn jaws(folder: &Path, job: &Job) -> Result<Kind, AnyError> {
    let mut bones: Vec<(String, TriMesh<Lps>)> = Vec::new();
    for (name, image) in images(folder)? {
        let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{name}: {e}"));
        let mask = image.to_labels().map_err(|e| told(&e))?;
        bones.push((name.clone(), jaw::jaw_of(&mask, job).map_err(|e| told(&e))?));
    }
    let (mut trials, mut models) = (Vec::new(), BTreeMap::new());
    for (n, (name, bone)) in bones.iter().enumerate() {
        job.labelled("jaws").step(n, bones.len())?;
        let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{name}: {e}"));
        let others: Vec<&TriMesh<Lps>> = bones
            .iter()
            .cycle()
            .skip(n + 1)
            .take(bones.len() - 1)
            .filter(|(other, _)| patient(other) != patient(name))
            .take(TEMPLATE_COUNT)
            .map(|(_, mesh)| mesh)
            .collect();
        if !models.contains_key(patient(name)) {
            let model = model_without(&bones, patient(name)).map_err(|e| told(&e))?;
            models.insert(patient(name).to_owned(), model);
        }
        let model = models[patient(name)].as_ref();
        for cut in jaw::cuts(bone, n, &Job::quiet()).map_err(|e| told(&e))? {
            let found = jaw::run(name, bone, &cut, &others, model, &Job::quiet());
            trials.extend(found.map_err(|e| told(&e))?);
        }
    }
    Ok(Kind { name: "jaw", trials, bones })
}

/// The shape model of all patients but one; none where too few are left.
fn model_without(
    bones: &[(String, TriMesh<Lps>)],
    without: &str,
) -> Result<Option<ShapeModel<Lps>>, BuildError> {
    let others: Vec<&(String, TriMesh<Lps>)> =
        bones.iter().filter(|(name, _)| patient(name) != without).collect();
    let number = |name: &str| others.iter().position(|(other, _)| patient(other) == patient(name));
    let set: Vec<Specimen<'_, Lps>> = others
        .iter()
        .map(|(name, mesh)| Specimen { mesh, patient: number(name).unwrap_or_default() })
        .collect();
    match build(&set, &BuildOptions::default(), &Job::quiet()) {
        Ok(built) => Ok(Some(built.model)),
        Err(BuildError::Few { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The patient in the name of a mask, `test_READER_PATIENT_PART.nrrd`: two readers outlined each.
fn patient(name: &str) -> &str {
    name.split('_').nth(2).unwrap_or(name)
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Mirror => "mirror",
        Method::ThinPlate => "thin plate",
        Method::ShapeModel => "shape model",
    }
}

fn print(table: &[Row], kinds: &[Kind]) {
    println!("medians over the defects, mm; distances of completed bone from what was cut");
    println!(
        "{:<6} {:<11} {:<11} {:>4} {:>8} {:>6} {:>6} {:>6} {:>9} {:>6} {:>6} {:>6} {:>9}",
        "bone",
        "place",
        "method",
        "done",
        "refused",
        "mean",
        "p95",
        "rmse",
        "rmse max",
        "outer",
        "inner",
        "thick",
        "expected"
    );
    let number = |v: f64| if v.is_finite() { format!("{v:.2}") } else { "-".into() };
    for row in table {
        let figures = [row.mean_mm, row.p95_mm, row.rmse_mm, row.rmse_mm_max];
        let [mean, p95, rmse, most] = figures.map(number);
        let tables = [row.outer_rmse_mm, row.inner_rmse_mm, row.thickness_rmse_mm];
        let [outer, inner, thick] = tables.map(number);
        print!("{:<6} {:<11} {:<11} ", row.kind, row.place, word(row.method));
        print!("{:>4} {:>8} {mean:>6} {p95:>6} {rmse:>6} ", row.completed, row.refused);
        println!("{most:>9} {outer:>6} {inner:>6} {thick:>6} {:>9}", number(row.expected_mm));
    }
    for kind in kinds {
        if let Some((trial, score)) = worst(kind) {
            println!("worst {}: {}", kind.name, words(trial, score));
        }
    }
}

fn tell_choice(chosen: &Chosen) {
    let Chosen { count, rmse_mm, outer_rmse_mm, choice_count, nearer_count, .. } = chosen;
    println!("skull, as chosen in {count} holes: rmse {rmse_mm:.2}, outer {outer_rmse_mm:.2} mm");
    println!(
        "  the nearer of mirror and thin plate in {nearer_count} of {choice_count} holes; worse \
         than the other by {:.3} mm on the mean, {:.2} at most",
        chosen.regret_mm, chosen.regret_mm_max
    );
}

fn words(trial: &Trial, score: &Score) -> String {
    format!(
        "{}, {} of {} mm by {}: mean {:.2}, 95 % under {:.2}, rmse {:.2} mm",
        trial.bone,
        trial.place,
        trial.size_mm,
        word(trial.method),
        score.mean_mm,
        score.p95_mm,
        score.rmse_mm
    )
}

/// The completion with the greatest root mean square error.
fn worst(kind: &Kind) -> Option<(&Trial, &Score)> {
    let scored = kind.trials.iter().filter_map(|trial| Some((trial, trial.score()?)));
    scored.max_by(|a, b| a.1.rmse_mm.total_cmp(&b.1.rmse_mm))
}

/// Width and height of the picture of one bone, in pixels.
const SIZE: [usize; 2] = [640, 560];
/// Error at the end of the colours, mm.
const SHOWN_MM: f32 = 3.0;

/// The worst of each kind side by side: the bone around what was cut, and what was made, in the
/// colours of its distance from the truth.
fn draw(path: &Path, kinds: &[Kind], job: &Job) -> Result<(), AnyError> {
    let mut images = Vec::new();
    for kind in kinds {
        let Some((trial, score)) = worst(kind) else { continue };
        let (Some((made, distances)), Some((_, bone))) =
            (&trial.made, kind.bones.iter().find(|(name, _)| *name == trial.bone))
        else {
            continue;
        };
        let around = without(bone, made);
        let (map, range) = (ColorMap::Amount, [0.0, SHOWN_MM]);
        let items = vec![
            Item::plain(&around, ossein_picture::color::BONE),
            Item::scalar(made, distances, map, range),
        ];
        let mut scene = Scene::new(items, View::Oblique, SIZE);
        scene.camera = facing(made, &around);
        scene.caption = vec![
            format!("{}, {}, {} mm, {}", kind.name, trial.place, trial.size_mm, word(trial.method)),
            format!("rmse {:.2} mm, 95 % under {:.2} mm", score.rmse_mm, score.p95_mm),
        ];
        let title = "distance from what was cut, mm".to_owned();
        scene.legend = Some(Legend::Bar { title, map, range });
        images.push(ossein_picture::render(&scene, job)?);
    }
    progress::clear();
    let all: Vec<&ossein_picture::Image> = images.iter().collect();
    let bytes = ossein_picture::png(&ossein_picture::beside(&all, 8));
    file::write(path, |to| std::io::Write::write_all(to, &bytes))
}

/// The camera that looks straight at what was made.
fn facing(made: &TriMesh<Lps>, around: &TriMesh<Lps>) -> Camera<Lps> {
    let bounds = made.bounds().union(around.bounds());
    let out = made.bounds().center() - bounds.center();
    let (_, up) = View::Oblique.direction_and_up();
    Camera::along(bounds, -out, up, SIZE, Projection::Orthographic)
}

/// The triangles of a bone that do not lie within the box of what was made and near it.
fn without(bone: &TriMesh<Lps>, made: &TriMesh<Lps>) -> TriMesh<Lps> {
    const NEAR_MM: f64 = 4.0;
    let tree = ossein_mesh::Tree::new(made);
    let region: Aabb<Lps> = made.bounds().grow(NEAR_MM);
    let near = |p: Point<Lps>| region.contains(p) && tree.nearest(made, p, NEAR_MM).is_some();
    let kept = |t: &&[u32; 3]| !bone.corners(**t).into_iter().all(near);
    let triangles = bone.triangles.iter().filter(kept).copied().collect();
    TriMesh { vertices: bone.vertices.clone(), triangles }
}
