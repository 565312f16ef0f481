//! `ossein register moving fixed -o moved.stl`: one surface brought onto another.

use std::io::Write;
use std::path::{Path, PathBuf};

use ossein_geom::{Finding, Job, Lps, Point, Rigid, TriMesh};
use ossein_picture::color::{BONE, TITANIUM};
use ossein_picture::{Item, Scene, View};
use ossein_shape::samples::spread;
use ossein_shape::warp::{overall, place};
use ossein_shape::{
    Freedom, IcpOptions, MeshSurface, Registration, Similarity, fit_pairs, register,
};
use serde_json::{Value, json};

use super::points::{self, Frame};
use super::{bone, file, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{not_negative, positive};
use crate::{Exit, progress};

/// What lies farther apart than this is hardly registered, mm.
const FAR_MM: f64 = 5.0;
/// Fewer points say nothing of a surface, and more than these say no more.
const SAMPLE_COUNTS: std::ops::RangeInclusive<usize> = 100..=1_000_000;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The surface that is moved: a mesh, a label map, or a scan with --level.
    moving: PathBuf,
    /// The surface that it is brought onto.
    fixed: PathBuf,
    #[command(flatten)]
    which: bone::Which,
    /// Named points on the moving surface: .mrk.json, .fcsv or .csv (name, x, y, z).
    #[arg(long, value_name = "FILE", requires = "fixed_points")]
    moving_points: Option<PathBuf>,
    /// Points of the same names on the fixed surface.
    #[arg(long, value_name = "FILE", requires = "moving_points")]
    fixed_points: Option<PathBuf>,
    /// Frame of tables of points that say nothing of their own.
    #[arg(long, value_enum)]
    frame: Option<Frame>,
    /// Stop at the pairs of points: the surfaces are not looked at.
    #[arg(long, requires = "moving_points")]
    points_only: bool,
    /// Let it grow or shrink as a whole.
    #[arg(long)]
    similarity: bool,
    /// Share of the surface that has its counterpart; what lies farthest beyond it counts for nothing.
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = positive)]
    kept: f64,
    /// Points farther than this from the fixed surface have no partner.
    #[arg(long, value_name = "MM", default_value_t = 20.0, value_parser = positive)]
    reach: f64,
    /// Points of the surface that are looked at: 100 to 1000000.
    #[arg(long, value_name = "COUNT", default_value_t = 5000)]
    samples: usize,
    /// The moved surface.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The motion as an ITK transform, which Slicer reads.
    #[arg(long, value_name = "FILE.tfm")]
    transform: Option<PathBuf>,
    /// Draws both surfaces together.
    #[arg(long, value_name = "FILE.png", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// The check fails where the root mean square distance is larger.
    #[arg(long, value_name = "MM", value_parser = not_negative)]
    limit: Option<f64>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

/// What was found: the map, and what the pairs and the surfaces say of it.
struct Found {
    map: Similarity<Lps, Lps>,
    pairs: Vec<(String, f64)>,
    surfaces: Option<Registration<Lps, Lps>>,
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    if let Some(out) = &arguments.out {
        part::check_name(out)?;
    }
    if !(arguments.kept > 0.0 && arguments.kept <= 1.0) {
        return Err(format!("--kept {}: more than 0 and at most 1", arguments.kept).into());
    }
    if !(arguments.reach > 0.0 && arguments.reach.is_finite()) {
        return Err(format!("--reach {}: a length of some mm", arguments.reach).into());
    }
    if !SAMPLE_COUNTS.contains(&arguments.samples) {
        let (least, most) = (SAMPLE_COUNTS.start(), SAMPLE_COUNTS.end());
        return Err(format!("--samples {}: {least} to {most}", arguments.samples).into());
    }
    let job = progress::job();
    let moving = bone::read(&arguments.moving, &arguments.which, &job)?;
    let fixed = bone::read(&arguments.fixed, &arguments.which, &job)?;
    let found = together(arguments, &moving, &fixed, &job)?;
    progress::clear();
    let mut moved = moving;
    place(&mut moved, |p| found.map.apply(p));
    if let Some(out) = &arguments.out {
        part::write(out, &moved)?;
    }
    if let Some(path) = &arguments.transform {
        write_transform(path, &found.map)?;
    }
    if let Some(path) = &arguments.picture {
        draw(path, &moved, &fixed, &found, &job)?;
    }
    tell(arguments, &found);
    let rms_mm = found.surfaces.as_ref().map_or(root_mean_square(&found.pairs), |s| s.rms_mm);
    let failed = arguments.limit.is_some_and(|limit| rms_mm > limit);
    Ok(if failed { Exit::CheckFailed } else { Exit::Done })
}

fn together(
    arguments: &Arguments,
    moving: &TriMesh<Lps>,
    fixed: &TriMesh<Lps>,
    job: &Job,
) -> Result<Found, AnyError> {
    let freedom = if arguments.similarity { Freedom::Similarity } else { Freedom::Rigid };
    let surface = MeshSurface::new(fixed);
    let samples = spread(moving, ossein_mesh::Tree::new(moving).order(), arguments.samples);
    let mut pairs = Vec::new();
    let start = match (&arguments.moving_points, &arguments.fixed_points) {
        (Some(from), Some(to)) => {
            let from = points::read(from, arguments.frame)?;
            let to = points::read(to, arguments.frame)?;
            let named = points::pairs(&from, &to)?;
            let (a, b): (Vec<Point<Lps>>, Vec<Point<Lps>>) =
                named.iter().map(|pair| (pair.first, pair.second)).unzip();
            let fit = fit_pairs(&a, &b, freedom)?;
            pairs = named.into_iter().map(|pair| pair.name).zip(fit.residuals_mm).collect();
            fit.map
        }
        _ => overall(&surface, &samples, freedom, job)
            .map_err(|e| format!("{e}: give three points of one name on each (--moving-points)"))?,
    };
    if arguments.points_only {
        return Ok(Found { map: start, pairs, surfaces: None });
    }
    let options = IcpOptions {
        freedom,
        kept: arguments.kept,
        reach_mm: arguments.reach,
        ..IcpOptions::default()
    };
    let surfaces = register(&samples, &surface, &start, &options, job)?;
    Ok(Found { map: surfaces.map, pairs, surfaces: Some(surfaces) })
}

fn root_mean_square(pairs: &[(String, f64)]) -> f64 {
    (pairs.iter().map(|(_, mm)| mm * mm).sum::<f64>() / pairs.len().max(1) as f64).sqrt()
}

/// Degrees that a rotation turns by.
fn turned_deg(rigid: &Rigid<Lps, Lps>) -> f64 {
    let trace: f64 = (0..3).map(|n| rigid.rotation[n][n]).sum();
    ossein_geom::float::acos((0.5 * (trace - 1.0)).clamp(-1.0, 1.0)).to_degrees()
}

/// What makes one doubt that both are the same bone, or that it lies as it should.
fn doubts(found: &Found) -> Vec<Finding> {
    let doubt = |code, mm: f64, text: String| {
        Finding::warning(code, "registration", text).measured(mm, FAR_MM, "mm")
    };
    let mut all = Vec::new();
    let pairs_mm = root_mean_square(&found.pairs);
    if pairs_mm > FAR_MM {
        let text = "are they of one bone, under the same names, and none mirrored?";
        let text = format!("the pairs stay {pairs_mm:.1} mm apart: {text}");
        all.push(doubt("register.pairs", pairs_mm, text));
    }
    let Some(s) = &found.surfaces else { return all };
    if !s.at_rest || s.p95_mm > FAR_MM {
        let rest = if s.at_rest { "" } else { ", and had not come to rest" };
        let text = format!(
            "of what was kept, 95 % lie up to {:.1} mm apart{rest}: other bones, or a start too far \
             off; three points of one name on each give a start (--moving-points)",
            s.p95_mm
        );
        all.push(doubt("register.far", s.p95_mm, text));
    }
    all
}

fn tell(arguments: &Arguments, found: &Found) {
    let Similarity { scale, rigid } = &found.map;
    let doubts = doubts(found);
    doubts.iter().for_each(progress::finding);
    if arguments.json {
        let surfaces = found.surfaces.as_ref().map(|s| {
            json!({
                "rms_mm": s.rms_mm, "p95_mm": s.p95_mm, "kept_count": s.kept_count,
                "turn_count": s.turn_count, "at_rest": s.at_rest,
            })
        });
        let pair = |(name, mm): &(String, f64)| json!({ "name": name, "residual_mm": mm });
        print_json(&json!({
            "frame": "LPS",
            "scale": scale,
            "matrix": rows(&found.map),
            "turned_deg": turned_deg(rigid),
            "pairs": found.pairs.iter().map(pair).collect::<Vec<Value>>(),
            "pairs_rms_mm": (!found.pairs.is_empty()).then(|| root_mean_square(&found.pairs)),
            "surfaces": surfaces,
            "findings": doubts,
        }));
        return;
    }
    for (name, mm) in &found.pairs {
        println!("  {name:<24} stays {mm:8.3} mm off");
    }
    if !found.pairs.is_empty() {
        println!(
            "  {:<24}       {:8.3} mm root mean square",
            "pairs",
            root_mean_square(&found.pairs)
        );
    }
    if let Some(s) = &found.surfaces {
        println!(
            "surfaces {:.3} mm apart (root mean square of the {} points kept), 95 % under {:.3} mm",
            s.rms_mm, s.kept_count, s.p95_mm
        );
        if !s.at_rest {
            println!("it had not come to rest after {} turns", s.turn_count);
        }
    }
    println!("turned by {:.3} degrees, scale {scale:.6}; LPS, mm:", turned_deg(rigid));
    for row in rows(&found.map) {
        println!("  {:12.6} {:12.6} {:12.6} {:12.4}", row[0], row[1], row[2], row[3]);
    }
}

/// The first three rows of the map as a matrix.
fn rows(map: &Similarity<Lps, Lps>) -> [[f64; 4]; 3] {
    [0, 1, 2].map(|i| {
        let [a, b, c] = map.rigid.rotation[i].map(|v| v * map.scale);
        [a, b, c, map.rigid.translation[i]]
    })
}

/// Writes the map as ITK keeps transforms: from the fixed frame back to the moving one.
fn write_transform(path: &Path, map: &Similarity<Lps, Lps>) -> Result<(), AnyError> {
    let back = map.rigid.inverse();
    let matrix = back.rotation.map(|row| row.map(|v| v / map.scale));
    let shift = back.translation.map(|v| v / map.scale);
    let words = |numbers: &[f64]| {
        numbers.iter().map(|v| format!("{v:.17e}")).collect::<Vec<String>>().join(" ")
    };
    let parameters = [matrix.concat(), shift.to_vec()].concat();
    file::write(path, |to| {
        write!(
            to,
            "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n\
             Parameters: {}\nFixedParameters: 0 0 0\n",
            words(&parameters)
        )
    })?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}

fn draw(
    path: &Path,
    moved: &TriMesh<Lps>,
    fixed: &TriMesh<Lps>,
    found: &Found,
    job: &Job,
) -> Result<(), AnyError> {
    let over = Item { alpha: 0.6, ..Item::plain(moved, TITANIUM) };
    let mut scene = Scene::new(vec![Item::plain(fixed, BONE), over], View::Oblique, [760, 760]);
    let words = found.surfaces.as_ref().map(|s| format!("{:.2} mm root mean square", s.rms_mm));
    scene.caption = vec!["moved (grey) onto fixed".into()];
    scene.caption.extend(words);
    part::draw_scene(path, &scene, job)
}
