//! `ossein shape-model fit model.npz bone -o whole.ply`.

use std::path::{Path, PathBuf};

use ossein_geom::{Job, Lps, Point, TriMesh};
use ossein_picture::color::BONE;
use ossein_picture::{ColorMap, Item, Legend, Scene, View};
use ossein_shape::MeshSurface;
use ossein_shape::completion::segment::Region;
use ossein_shape::shape_model::{FitOptions, ModelFit, fit};
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::finite;
use crate::plain::{bone, file, part};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The model.
    model: PathBuf,
    /// The bone, or what is left of it: a mesh, a label map, or a scan with --level.
    bone: PathBuf,
    #[command(flatten)]
    which: bone::Which,
    /// A ball in which bone is missing or not to be trusted: middle (LPS) and radius, mm.
    #[arg(
        long,
        value_name = "X,Y,Z,R",
        value_parser = ball,
        allow_hyphen_values = true
    )]
    missing: Option<(Point<Lps>, f64)>,
    /// The whole bone as the model sees it, with the likely error of each vertex; PLY.
    #[arg(long, short, value_name = "FILE.ply")]
    out: PathBuf,
    /// Draws it beside the bone, in the colours of the likely error.
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
    part::check_valued(&arguments.out)?;
    let ball = arguments.missing;
    let job = progress::job();
    let model = super::read(&arguments.model)?;
    let mesh = bone::read(&arguments.bone, &arguments.which, &job)?;
    let surface = MeshSurface::new(&mesh);
    let outside = ball.map(|(middle, radius)| move |p: Point<Lps>| p.distance(middle) - radius);
    let missing = outside.as_ref().map(|outside| outside as &Region<'_, Lps>);
    let found = fit(&model, &surface, missing, &FitOptions::default(), &job)
        .map_err(|e| format!("{}: {e}", arguments.bone.display()))?;
    progress::clear();
    let sd: Vec<f32> = found.sd_mm.iter().map(|&v| v as f32).collect();
    part::write_valued(&arguments.out, &found.mesh, "likely_error_mm", &sd)?;
    if let Some(path) = &arguments.picture {
        draw(path, &mesh, &found, &sd, &job)?;
    }
    let most = found.sd_mm.iter().copied().fold(0.0, f64::max);
    if arguments.json {
        print_json(&json!({
            "rms_mm": found.rms_mm,
            "weights": found.weights,
            "likely_error_mm_max": most,
            "model_residual_mm": model.residual_mm,
        }));
    } else {
        println!("{:.2} mm from the bone (root mean square)", found.rms_mm);
        println!("likely error where it is least sure: {most:.2} mm (one standard deviation)");
        let far = found.weights.iter().map(|w| w.abs()).fold(0.0, f64::max);
        println!("the farthest mode lies {far:.1} standard deviations from the mean");
    }
    Ok(Exit::Done)
}

/// `12,-40,880,25`: the middle and the radius of a ball, mm.
fn ball(text: &str) -> Result<(Point<Lps>, f64), String> {
    let numbers: Vec<f64> = text.split(',').filter_map(|v| finite(v.trim()).ok()).collect();
    match numbers[..] {
        [x, y, z, r] if r > 0.0 && text.split(',').count() == 4 => Ok((Point::new(x, y, z), r)),
        _ => Err("x,y,z and a radius above 0, mm, are wanted, such as 12,-40,880,25".into()),
    }
}

fn draw(
    path: &Path,
    bone: &TriMesh<Lps>,
    found: &ModelFit<Lps>,
    sd: &[f32],
    job: &Job,
) -> Result<(), AnyError> {
    let (map, range) = (ColorMap::Amount, [0.0, sd.iter().copied().fold(0.1, f32::max)]);
    let mut own = Scene::new(vec![Item::plain(bone, BONE)], View::Oblique, [560, 560]);
    own.caption = vec!["the bone".into()];
    let mut made =
        Scene::new(vec![Item::scalar(&found.mesh, sd, map, range)], View::Oblique, [560, 560]);
    made.caption = vec!["as the model sees it".into()];
    let title = "likely error, mm".to_owned();
    made.legend = Some(Legend::Bar { title, map, range });
    let (own, made) = (ossein_picture::render(&own, job)?, ossein_picture::render(&made, job)?);
    let bytes = ossein_picture::png(&ossein_picture::beside(&[&own, &made], 8));
    crate::plain::file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}
