//! Bodies of the plain commands: mesh files in, mesh files and pictures out.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ossein_geom::{Finding, Job, Lps, TriMesh};
use ossein_mesh::{files, model3mf, obj, ply, stl};
use ossein_picture::color::TITANIUM;
use ossein_picture::{Item, Plane, Scene, View, png, render};

use super::file;
use crate::commands::AnyError;
use crate::progress;

/// The longest side of what people have in hand.
const LIKELY_MM: std::ops::Range<f64> = 0.5..3000.0;

/// Reads a mesh of any format that we know, and warns of one whose size is that of no body.
///
/// # Errors
/// The path with what is wrong.
pub fn read(path: &Path) -> Result<TriMesh<Lps>, AnyError> {
    let bytes = file::read(path)?;
    let name = path.to_string_lossy();
    let told = |e: files::ReadError| AnyError::from(format!("{}: {e}", path.display()));
    let mesh: TriMesh<Lps> = files::read(&bytes, &name).map_err(told)?;
    if mesh.triangles.is_empty() {
        return Err(format!("{}: it holds no triangle", path.display()).into());
    }
    let size = mesh.bounds().size();
    let longest_mm = size.x.max(size.y).max(size.z);
    if !LIKELY_MM.contains(&longest_mm) {
        let text = format!("it is {longest_mm:.4} mm long: lengths are mm, was it made in others?");
        progress::finding(&Finding::warning("mesh.unit", path.display().to_string(), text));
    }
    Ok(mesh)
}

/// Whether a mesh can be written under this name; said before long work.
///
/// # Errors
/// The endings that are known.
pub fn check_name(path: &Path) -> Result<(), AnyError> {
    let known = || files::FORMATS.iter().map(|f| f.word).collect::<Vec<_>>().join(", ");
    match files::format_of(&path.to_string_lossy()) {
        Some(_) => Ok(()),
        None => Err(format!("{}: its ending is none of {}", path.display(), known()).into()),
    }
}

/// Writes a mesh in the format that its name asks for.
///
/// # Errors
/// The path with what is wrong; nothing to write.
pub fn write(path: &Path, mesh: &TriMesh<Lps>) -> Result<(), AnyError> {
    check_name(path)?;
    if mesh.triangles.is_empty() {
        let text = "not written: nothing is left of the body; is --step finer than its walls?";
        return Err(format!("{}: {text}", path.display()).into());
    }
    let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let word = files::format_of(&path.to_string_lossy()).expect("checked").word;
    file::write(path, |to: &mut BufWriter<File>| match word {
        "stl" => stl::write(mesh, &title, to),
        "ply" => ply::write(mesh, ply::Encoding::LittleEndian, &title, to),
        "obj" => obj::write(mesh, &title, to),
        _ => model3mf::write(mesh, &model3mf::Metadata { title, entries: Vec::new() }, to),
    })?;
    wrote(path);
    Ok(())
}

/// Says that a file was written.
pub fn wrote(path: &Path) {
    progress::clear();
    eprintln!("  wrote {}", path.display());
}

/// Writes a surface with a value for each vertex as PLY.
///
/// # Errors
/// The path with what is wrong; another ending than `.ply`.
pub fn write_valued(
    path: &Path,
    mesh: &TriMesh<Lps>,
    name: &str,
    values: &[f32],
) -> Result<(), AnyError> {
    check_valued(path)?;
    let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    file::write(path, |to| ply::write_valued(mesh, name, values, &title, to))?;
    wrote(path);
    Ok(())
}

/// Whether a surface with values can be written under this name; said before long work.
///
/// # Errors
/// The ending that is right.
pub fn check_valued(path: &Path) -> Result<(), AnyError> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending == "ply" {
        true => Ok(()),
        false => Err(format!("{}: values go into .ply alone", path.display()).into()),
    }
}

/// Draws a body from an oblique view, cut open by `section`.
///
/// # Errors
/// A stopped job, or what the disk says.
pub fn draw(
    path: &Path,
    mesh: &TriMesh<Lps>,
    caption: Vec<String>,
    section: Option<Plane<Lps>>,
    job: &Job,
) -> Result<(), AnyError> {
    let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, [760, 760]);
    scene.triad = false;
    scene.caption = caption;
    scene.section = section;
    draw_scene(path, &scene, job)
}

/// Draws a scene into a PNG file.
///
/// # Errors
/// A stopped job, or what the disk says.
pub fn draw_scene(path: &Path, scene: &Scene<'_, Lps>, job: &Job) -> Result<(), AnyError> {
    let bytes = png(&render(scene, job)?);
    file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
    wrote(path);
    Ok(())
}
