//! `ossein morphometry image.nii.gz`: thickness, spacing, surface, connectivity, pores, powder.

use std::path::{Path, PathBuf};

use ossein_geom::{Job, Mm};
use ossein_porous::drainage::{Drainage, DrainageOptions, drainage};
use ossein_porous::morphometry::{Morphometry, MorphometryOptions, morphometry};
use ossein_porous::pores::{self, Pores, pores};
use ossein_porous::thickness::{Spread, ThicknessOptions, thickness_map};
use ossein_porous::{Phase, Voxels};
use serde_json::{Value, json};

use super::file;
use super::image::is_mesh;
use super::section::Section;
use super::segmentation::{Edge, Segmentation};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{counted, not_negative};
use crate::plain::resampling::short;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    segmentation: Segmentation,
    /// What lies beyond the faces: without a choice `unseen` of an image, `void` of a mesh,
    /// `periodic` of a lattice.
    #[arg(long, value_enum)]
    edge: Option<Edge>,
    /// Powder leaves through throats of this diameter or more; a void that keeps it fails.
    #[arg(long, value_name = "MM", value_parser = not_negative)]
    throat: Option<f64>,
    /// A picture of the local thickness of the solid, in the middle across y, PNG.
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let voxels = arguments.segmentation.voxels(pores::BYTES_A_VOXEL)?;
    let name = arguments.segmentation.name();
    let edge = arguments.edge.unwrap_or(match &arguments.segmentation.image {
        None => Edge::Periodic,
        Some(path) if is_mesh(path) => Edge::Void,
        Some(_) => Edge::Unseen,
    });
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{name}: {e}"));
    let byte_count_max = arguments.segmentation.memory.bytes();
    let job = progress::job();
    let options = MorphometryOptions { beyond: edge.into(), byte_count_max };
    let figures = morphometry(&voxels, &options, &job).map_err(|e| told(&e))?;
    let void = pores(&voxels, edge.into(), byte_count_max, &job).map_err(|e| told(&e))?;
    let powder = match arguments.throat {
        Some(throat) => {
            let options = DrainageOptions { throat: Mm(throat), byte_count_max };
            Some(drainage(&voxels, &options, &job).map_err(|e| told(&e))?)
        }
        None => None,
    };
    if let Some(path) = &arguments.picture {
        let phase = Phase::Solid;
        let options = ThicknessOptions { phase, beyond: edge.into(), byte_count_max };
        draw(path, &voxels, &options, &job)?;
    }
    progress::clear();
    let kept = powder.as_ref().is_some_and(|p| !p.pockets.is_empty());
    if arguments.json {
        print_json(&json!({
            "image": arguments.segmentation.image,
            "cell": arguments.segmentation.cell.cell,
            "size": voxels.size,
            "voxel_mm": voxels.spacing_mm,
            "edge": edge.word(),
            "morphometry": named(&figures),
            "pores": void,
            "powder": powder,
        }));
    } else {
        let [x, y, z] = voxels.size;
        println!("size     {x} x {y} x {z} voxels of {} mm", short(voxels.spacing_mm[0]));
        print(&figures);
        print_void(&void);
        powder.iter().for_each(print_powder);
    }
    Ok(if kept { Exit::CheckFailed } else { Exit::Done })
}

/// Draws the local thickness of the solid.
fn draw(
    path: &Path,
    voxels: &Voxels,
    options: &ThicknessOptions,
    job: &Job,
) -> Result<(), AnyError> {
    let map = thickness_map(voxels, options, &job.labelled("thickness for the picture"))?;
    let size = voxels.size;
    let section = Section::across_y(size);
    let values = section.values(|[i, j, k]| {
        let value = map[(k * size[1] + j) * size[0] + i];
        if value > 0.0 { value } else { f32::NAN }
    });
    let most = map.iter().copied().fold(0.0, f32::max);
    let words = ["Tb.Th, mm".into(), "local thickness, in the middle across y".into()];
    section.draw(path, values, most, voxels.spacing_mm[0], words)
}

/// The figures by the names of the ASBMR: lengths in mm, and what is made of lengths in their powers.
fn named(m: &Morphometry) -> Value {
    let spread = |name: &str, spread: Option<&Spread>| {
        let of = |figure: fn(&Spread) -> f64| spread.map(figure);
        [
            (name.to_owned(), of(|s| s.mean_mm)),
            (format!("{name}.SD"), of(|s| s.sd_mm)),
            (format!("{name}.max"), of(|s| s.max_mm)),
            (format!("{name}.p10"), of(|s| s.tenth_percentile_mm)),
            (format!("{name}.p50"), of(|s| s.median_mm)),
            (format!("{name}.p90"), of(|s| s.ninetieth_percentile_mm)),
        ]
    };
    let euler = &m.euler;
    let mut figures = json!({
        "TV": m.total_mm3,
        "BV": m.bone_mm3,
        "BV/TV": m.bone_share,
        "BS": m.surface_mm2,
        "BS/BV": m.surface_by_bone_per_mm,
        "BS/TV": m.surface_by_total_per_mm,
        "Tb.N": m.number_per_mm,
        "Conn.D": euler.connectivity_per_mm3,
        "SMI": m.structure_model_index,
        "DA": m.fabric.as_ref().map(|fabric| fabric.degree),
        "MIL": m.fabric.as_ref().map(|fabric| json!({
            "length": fabric.intercept_mm, "direction": fabric.directions,
        })),
        "Euler": {
            "by_corners": euler.by_corners, "by_faces": euler.by_faces,
            "contribution": euler.contribution, "connectivity": euler.connectivity,
        },
    });
    let void = spread("Tb.Sp", m.separation.as_ref());
    for (name, value) in spread("Tb.Th", Some(&m.thickness)).into_iter().chain(void) {
        figures[name] = json!(value);
    }
    figures
}

fn print(m: &Morphometry) {
    println!("TV       {:.5} mm3", m.total_mm3);
    println!("BV       {:.5} mm3", m.bone_mm3);
    println!("BS       {:.5} mm2", m.surface_mm2);
    println!("BV/TV    {:.5}", m.bone_share);
    println!("BS/BV    {:.5} 1/mm", m.surface_by_bone_per_mm);
    println!("BS/TV    {:.5} 1/mm", m.surface_by_total_per_mm);
    for (name, spread) in [("Tb.Th", Some(&m.thickness)), ("Tb.Sp", m.separation.as_ref())] {
        match spread {
            Some(Spread { mean_mm, sd_mm, max_mm, .. }) => {
                println!("{name:<8} {mean_mm:.5} +- {sd_mm:.5} mm, at most {max_mm:.5}");
            }
            None => println!("{name:<8} none: there is no void"),
        }
    }
    if let Some(number) = m.number_per_mm {
        println!("Tb.N     {number:.5} 1/mm");
    }
    println!("Conn.D   {:.5} 1/mm3", m.euler.connectivity_per_mm3);
    println!("Euler    {} by corners, {} by faces", m.euler.by_corners, m.euler.by_faces);
    println!("SMI      {:.4}", m.structure_model_index);
    match &m.fabric {
        Some(fabric) => println!("DA       {:.4}", fabric.degree),
        None => println!("DA       none: the lines find no ellipsoid"),
    }
}

/// Parts of the void that are told one by one; the others are in the JSON.
const SHOWN_COUNT_MAX: usize = 10;

fn print_void(void: &Pores) {
    let Pores { porosity, open_porosity, pores, .. } = void;
    let parts = counted(pores.len(), "part");
    println!("void     {porosity:.4} of the volume, {open_porosity:.4} open, {parts}");
    println!("closed   {}, {:.5} mm3", counted(void.closed_count, "part"), void.closed_mm3);
    println!("through  {} along all three axes", counted(void.labyrinth_count, "part"));
    println!("solid    {}", counted(void.solid_part_count, "part"));
    for (n, pore) in pores.iter().take(SHOWN_COUNT_MAX).enumerate() {
        let [x, y, z] = pore.throat_mm;
        println!(
            "pore {:<3} {:.5} mm3, largest sphere {:.4} mm, throats x y z {x:.4} {y:.4} {z:.4} mm",
            n + 1,
            pore.volume_mm3,
            pore.inscribed_mm
        );
    }
    if let Some(rest) = pores.len().checked_sub(SHOWN_COUNT_MAX).filter(|&rest| rest > 0) {
        println!("         and {} more (--json)", counted(rest, "part"));
    }
}

fn print_powder(powder: &Drainage) {
    let (count, volume) = (powder.pockets.len(), powder.trapped_mm3);
    println!("powder   {volume:.5} mm3 kept in {}", counted(count, "pocket"));
    for (n, pocket) in powder.pockets.iter().take(SHOWN_COUNT_MAX).enumerate() {
        let [i, j, k] = pocket.deepest;
        let way = match pocket.path_mm {
            Some(mm) => {
                format!("{mm:.4} mm out through a throat of {:.4} mm", pocket.throat_mm)
            }
            None => "closed".to_owned(),
        };
        println!(
            "pocket {n:<2}{:.5} mm3, largest sphere {:.4} mm, deepest at voxel ({i}, {j}, {k}), {way}",
            pocket.volume_mm3,
            pocket.inscribed_mm,
            n = n + 1
        );
    }
    if let Some(rest) = count.checked_sub(SHOWN_COUNT_MAX).filter(|&rest| rest > 0) {
        println!("         and {} more (--json)", counted(rest, "pocket"));
    }
    let Drainage { drained_mm3, drained_path_mm, narrow_mm3, .. } = powder;
    println!("drained  {drained_mm3:.5} mm3, by ways of up to {drained_path_mm:.4} mm");
    println!("narrow   {narrow_mm3:.5} mm3 that no such sphere enters");
}
