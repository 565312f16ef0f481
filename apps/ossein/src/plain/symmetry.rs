//! `ossein symmetry bone`: its plane of symmetry, and how far its sides differ.

use std::path::{Path, PathBuf};

use ossein_anatomy::sides::of_skull;
use ossein_anatomy::{VaultError, vault};
use ossein_geom::{Finding, Job, Lps, TriMesh};
use ossein_picture::{ColorMap, Item, Legend, Scene, View};
use ossein_segment::skull;
use ossein_shape::known::median;
use ossein_shape::{MeshSurface, Plane, Symmetry, SymmetryOptions, asymmetry_map, symmetry_plane};
use serde_json::json;

use super::bone::{self, Bone};
use super::points::{self, Frame};
use super::{file, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::positive;
use crate::{Exit, progress};

/// A plane of symmetry has a mirror image near for this part of the surface at least.
const PAIRED_MIN: f64 = 0.7;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The bone: a mesh, a label map, or a scan with --level.
    bone: PathBuf,
    #[command(flatten)]
    which: bone::Which,
    /// Landmarks that seed the search: three points of the midline, by any name.
    #[arg(long, value_name = "FILE")]
    midline: Option<PathBuf>,
    /// Frame of a table of points that says nothing of its own.
    #[arg(long, value_enum)]
    frame: Option<Frame>,
    /// How far sound sides may well differ: what differs by several times as much is a defect
    /// [default: 4, with --form 5].
    #[arg(long, value_name = "MM", value_parser = positive)]
    scale: Option<f64>,
    /// Places count the more the surface bends around them, not as much as they are large: for a
    /// skull of which a part is missing.
    #[arg(long)]
    form: bool,
    /// The other side is sought within this distance.
    #[arg(long, value_name = "MM", default_value_t = 15.0, value_parser = positive)]
    reach: f64,
    /// The surface with the difference of each vertex, PLY.
    #[arg(long, short, value_name = "FILE.ply")]
    out: Option<PathBuf>,
    /// The surface's mirror image in the plane.
    #[arg(long, value_name = "FILE")]
    mirror: Option<PathBuf>,
    /// Draws the difference of each place.
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

/// Differences between the sides over the surface.
struct Differences {
    median_mm: f64,
    p95_mm: f64,
    /// Share of the vertices with no counterpart.
    alone: f64,
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    if let Some(path) = &arguments.out {
        part::check_valued(path)?;
    }
    if let Some(path) = &arguments.mirror {
        part::check_name(path)?;
    }
    if !(arguments.reach > 0.0 && arguments.reach.is_finite()) {
        return Err(format!("--reach {}: a length of some mm", arguments.reach).into());
    }
    let job = progress::job();
    let start = arguments.midline.as_ref().map(|path| seed(path, arguments.frame)).transpose()?;
    let bone = bone::read_with_image(&arguments.bone, &arguments.which, &job)?;
    let mesh = &bone.mesh;
    let surface = MeshSurface::new(mesh);
    let usual = if arguments.form { SymmetryOptions::skull() } else { SymmetryOptions::default() };
    let scale_mm = arguments.scale.unwrap_or(usual.scale_mm);
    let options = SymmetryOptions { start, scale_mm, ..usual };
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", arguments.bone.display());
    let found = symmetry_plane(&surface, &options, &job).map_err(|e| told(&e))?;
    let map = asymmetry_map(&surface, &found.plane, arguments.reach);
    let turned = turned(&bone, &found.plane, &job)?;
    progress::clear();
    if let Some(path) = &arguments.out {
        part::write_valued(path, mesh, "asymmetry_mm", &map)?;
    }
    if let Some(path) = &arguments.mirror {
        part::write(path, &found.plane.mirror_mesh(mesh))?;
    }
    let differences = differences(&map);
    if let Some(path) = &arguments.picture {
        draw(path, mesh, &map, &differences, turned.is_some(), &job)?;
    }
    let findings = doubt(&found).into_iter().chain(turned).collect::<Vec<_>>();
    tell(arguments, &found, &differences, &findings);
    Ok(Exit::Done)
}

/// The plane through three landmarks of the midline.
fn seed(path: &Path, frame: Option<Frame>) -> Result<Plane<Lps>, AnyError> {
    let named = points::read(path, frame)?;
    let told = |words: &str| AnyError::from(format!("{}: {words}", path.display()));
    let [a, b, c] = &named[..] else {
        return Err(told(&format!("{} points; three of the midline are needed", named.len())));
    };
    let normal = (b.point - a.point).cross(c.point - a.point);
    match normal.norm() > 1.0 {
        true => Ok(Plane { point: a.point, normal: normal.unit() }),
        false => Err(told("its three points lie on one line")),
    }
}

fn differences(map: &[f32]) -> Differences {
    let mut there: Vec<f64> =
        map.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v.abs())).collect();
    there.sort_by(f64::total_cmp);
    let last = there.len().saturating_sub(1);
    Differences {
        p95_mm: there.get((last as f64 * 0.95).round() as usize).copied().unwrap_or(f64::NAN),
        alone: 1.0 - there.len() as f64 / map.len().max(1) as f64,
        median_mm: median(there),
    }
}

/// That too little of the surface has a mirror image for the plane to be one of symmetry.
fn doubt(found: &Symmetry<Lps>) -> Option<Finding> {
    let text = format!(
        "only {:.0} % of the surface has its mirror image near: half a bone, or one without \
         symmetry? `--midline` gives a start",
        100.0 * found.paired
    );
    (found.paired < PAIRED_MIN).then(|| {
        Finding::warning("symmetry.paired", "surface", text).measured(found.paired, PAIRED_MIN, "")
    })
}

/// That the face of a skull looks to where the header has the back of the head. A mesh has no
/// header, and what is no skull no face.
fn turned(bone: &Bone, midline: &Plane<Lps>, job: &Job) -> Result<Option<Finding>, AnyError> {
    let Some((volume, level)) = &bone.image else { return Ok(None) };
    let alone = skull(volume, *level)?;
    let vault = match vault(&alone, *level, job) {
        Ok(vault) => vault,
        Err(VaultError::None { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let sides = of_skull(&alone, *level, &vault, midline);
    Ok(sides.filter(|sides| !sides.header_agrees).map(|_| {
        let text = "the face looks to where the header has the back of the head: left and right \
                    of the header are exchanged, or the scan is mirrored: compare with the patient";
        Finding::warning("symmetry.header", "scan", text)
    }))
}

fn tell(arguments: &Arguments, found: &Symmetry<Lps>, seen: &Differences, findings: &[Finding]) {
    findings.iter().for_each(progress::finding);
    let (point, normal) = (found.plane.point, found.plane.normal);
    if arguments.json {
        print_json(&json!({
            "frame": "LPS",
            "point_mm": point,
            "normal": normal,
            "rms_mm": found.rms_mm,
            "paired": found.paired,
            "findings": findings,
            "offset_error_mm": found.offset_error_mm,
            "normal_error_deg": found.normal_error,
            "asymmetry": {
                "median_mm": seen.median_mm, "p95_mm": seen.p95_mm, "without_counterpart": seen.alone,
            },
        }));
        return;
    }
    println!("plane through ({:.3}, {:.3}, {:.3}), LPS, mm", point.x, point.y, point.z);
    println!("normal        ({:.6}, {:.6}, {:.6})", normal.x, normal.y, normal.z);
    println!(
        "{:.0} % of the surface has its mirror image near, {:.3} mm off (root mean square)",
        100.0 * found.paired,
        found.rms_mm
    );
    println!(
        "sides differ by {:.2} mm in the median, 95 % by less than {:.2} mm; {:.0} % have no counterpart within {} mm",
        seen.median_mm,
        seen.p95_mm,
        100.0 * seen.alone,
        arguments.reach
    );
}

/// Difference at the ends of the colours, mm: what lay people see (facts D2.28).
const SHOWN_MM: f32 = 4.0;

fn draw(
    path: &Path,
    mesh: &TriMesh<Lps>,
    map: &[f32],
    seen: &Differences,
    is_doubted: bool,
    job: &Job,
) -> Result<(), AnyError> {
    let (colors, range) = (ColorMap::Difference, [-SHOWN_MM, SHOWN_MM]);
    let title = "beyond the other side, mm".to_owned();
    let views = [View::Anterior, View::Left, View::Right].map(|view| {
        let mut scene = Scene::new(vec![Item::scalar(mesh, map, colors, range)], view, [560, 640]);
        // Room for the legend beside the bone.
        scene.camera.height_mm *= 1.3;
        scene.caption = vec![format!("median {:.2} mm", seen.median_mm)];
        scene.legend = Some(Legend::Bar { title: title.clone(), map: colors, range });
        ossein_picture::render(&scene, job)
    });
    let [front, left, right] = views;
    let (front, left, right) = (front?, left?, right?);
    let mut image = ossein_picture::beside(&[&right, &front, &left], 8);
    if is_doubted {
        ossein_picture::remark(&mut image, &ossein_picture::HEADER_DOUBTED);
    }
    let bytes = ossein_picture::png(&image);
    super::file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}
