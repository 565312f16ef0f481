//! `ossein cephalometry points.mrk.json`: angles, lengths and asymmetry of a face.

use std::path::{Path, PathBuf};

use ossein_anatomy::cephalometry::{
    Cephalometry, Measure, Norm, Points, SEEN_MM, Side, cephalometry, named,
};
use ossein_geom::{Finding, Job, Lps, TriMesh};
use ossein_picture::color::BONE;
use ossein_picture::{Item, Note, Scene, View};
use ossein_scan::markups::Named;
use ossein_shape::{MeshSurface, Plane, SymmetryOptions, symmetry_plane};
use serde_json::json;

use super::points::{self, Frame};
use super::{bone, file};
use crate::commands::{AnyError, ended, print_json};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// Landmarks by their signs (N, S, A, B, Me, Go_L, ...): .mrk.json, .fcsv or .csv.
    points: PathBuf,
    /// Frame of a table of points that says nothing of its own.
    #[arg(long, value_enum)]
    frame: Option<Frame>,
    /// The skull: its plane of symmetry is the mid-sagittal plane. A mesh, a label map, or a scan.
    #[arg(long, value_name = "FILE")]
    bone: Option<PathBuf>,
    #[command(flatten)]
    which: bone::Which,
    /// Draws the landmarks on the bone.
    #[arg(long, value_name = "FILE.png", requires = "bone", value_parser = file::png)]
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
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", arguments.points.display());
    let (landmarks, unknown) =
        landmarks(&points::read(&arguments.points, arguments.frame)?).map_err(|e| told(&e))?;
    let job = progress::job();
    let mut bone = None;
    if let Some(path) = &arguments.bone {
        let mesh = bone::read(path, &arguments.which, &job)?;
        let plane = symmetry(&mesh, &job).map_err(|e| format!("{}: {e}", path.display()))?;
        bone = Some((mesh, plane));
    }
    progress::clear();
    let plane = bone.as_ref().map(|(_, plane)| *plane);
    let (found, findings) = cephalometry(&landmarks, plane).map_err(|e| told(&e))?;
    if let (Some(path), Some((mesh, _))) = (&arguments.picture, &bone) {
        draw(path, mesh, &landmarks, &job)?;
    }
    if arguments.json {
        print_json(&json!({
            "cephalometry": found, "findings": findings, "not_known": unknown, "frame": "LPS",
        }));
    } else {
        print(&found, &findings, &unknown);
    }
    Ok(Exit::Done)
}

/// Landmarks by sign and side, and the names that are none.
fn landmarks(named_points: &[Named]) -> Result<(Points, Vec<String>), String> {
    let (mut landmarks, mut unknown) = (Points::new(), Vec::new());
    for point in named_points {
        let Some((landmark, side)) = named(&point.name) else {
            unknown.push(point.name.clone());
            continue;
        };
        if landmarks.insert((landmark.id, side), point.point).is_some() {
            let side = format!("{side:?}").to_lowercase();
            return Err(format!("{} ({side}) is there twice", landmark.title));
        }
    }
    Ok((landmarks, unknown))
}

fn symmetry(mesh: &TriMesh<Lps>, job: &Job) -> Result<Plane<Lps>, AnyError> {
    let surface = MeshSurface::new(mesh);
    Ok(symmetry_plane(&surface, &SymmetryOptions::default(), job)?.plane)
}

fn print(found: &Cephalometry, findings: &[Finding], unknown: &[String]) {
    let midline = &found.midline;
    println!("mid-sagittal plane: {}", midline.source);
    for control in &midline.controls {
        let (source, tilt, off) = (control.source, control.tilt_deg, control.off_mm);
        println!("  {source} is tilted {tilt:.2} degrees against it, {off:.2} mm off");
    }
    println!("\n{:<34} {:>9} {:<4} {:<12} measured", "", "", "", "usual");
    for measure in &found.measures {
        let Measure { name, formula, value, unit, norm } = measure;
        println!("{name:<34} {value:>9.2} {unit:<4} {:<12} {formula}", usual(*norm, *value));
    }
    if !found.pairs.is_empty() {
        println!("\n{:<34} {:>9} {:>9} {:>9}  mm", "pair", "right", "left", "index");
        for pair in &found.pairs {
            let (right, left, index) = (pair.right_mm, pair.left_mm, pair.index_mm);
            println!("{:<34} {right:>9.2} {left:>9.2} {index:>9.2}", pair.title);
        }
    }
    if !found.deviations.is_empty() {
        println!("\n{:<34} {:>9}  mm to the left of the plane", "midline", "");
        for own in &found.deviations {
            println!("{:<34} {:>9.2}", own.title, own.left_mm);
        }
    }
    if !findings.is_empty() {
        println!();
    }
    findings.iter().for_each(|finding| println!("{}: {}", finding.code, finding.message));
    if !unknown.is_empty() {
        println!("\nnot landmarks that are known: {}", unknown.join(", "));
    }
}

fn usual(norm: Option<Norm>, value: f64) -> String {
    norm.map_or(String::new(), |Norm { low, high }| {
        let mark = if value < low {
            " low"
        } else if value > high {
            " high"
        } else {
            ""
        };
        format!("{low:.1}-{high:.1}{mark}")
    })
}

fn draw(path: &Path, mesh: &TriMesh<Lps>, landmarks: &Points, job: &Job) -> Result<(), AnyError> {
    let views = [(View::Anterior, None), (View::Left, Some(Side::Right))].map(|(view, hidden)| {
        let mut scene =
            Scene::new(vec![Item { alpha: 0.55, ..Item::plain(mesh, BONE) }], view, [640, 720]);
        scene.caption = vec![format!("landmarks; asymmetry over {SEEN_MM} mm is seen")];
        let shown = landmarks.iter().filter(|((_, side), _)| Some(*side) != hidden);
        let note = |((id, _), at): (&(&str, Side), &_)| Note::Label { at: *at, text: (*id).into() };
        scene.notes = shown.map(note).collect();
        ossein_picture::render(&scene, job)
    });
    let [front, side] = views;
    let bytes = ossein_picture::png(&ossein_picture::beside(&[&front?, &side?], 8));
    super::file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}
