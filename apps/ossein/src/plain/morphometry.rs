//! `ossein morphometry image.nii.gz`: thickness, spacing, surface, connectivity, pores, powder.

use ossein_geom::Mm;
use ossein_porous::drainage::{DrainageOptions, drainage};
use ossein_porous::morphometry::{Morphometry, MorphometryOptions, morphometry};
use ossein_porous::pores::pores;
use serde_json::json;

use super::image::{Edge, Segmentation};
use crate::commands::{AnyError, ended, print_json};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    segmentation: Segmentation,
    /// What lies beyond the faces of the image.
    #[arg(long, value_enum, default_value = "unseen")]
    edge: Edge,
    /// Powder leaves through throats of this diameter or more; a void that keeps it fails.
    #[arg(long, value_name = "MM")]
    throat: Option<f64>,
    /// MiB that the work may take beside the image.
    #[arg(long, value_name = "MIB", default_value_t = 16 << 10)]
    memory: u64,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let voxels = arguments.segmentation.voxels()?;
    let name = arguments.segmentation.image.display();
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{name}: {e}"));
    let byte_count_max = arguments.memory << 20;
    let job = progress::job();
    let options = MorphometryOptions { beyond: arguments.edge.into(), byte_count_max };
    let figures = morphometry(&voxels, &options, &job).map_err(|e| told(&e))?;
    let void = pores(&voxels, arguments.edge.into(), byte_count_max, &job).map_err(|e| told(&e))?;
    let powder = match arguments.throat {
        Some(throat) => {
            let options = DrainageOptions { throat: Mm(throat), byte_count_max };
            Some(drainage(&voxels, &options, &job).map_err(|e| told(&e))?)
        }
        None => None,
    };
    progress::clear();
    let kept = powder.as_ref().is_some_and(|p| !p.pockets.is_empty());
    if arguments.json {
        print_json(&json!({
            "size": voxels.size,
            "voxel_mm": voxels.spacing_mm,
            "morphometry": figures,
            "pores": void,
            "powder": powder,
        }));
    } else {
        print(&figures);
        let (open, count) = (void.open_porosity, void.pores.len());
        println!("void     {:.4} of the volume, {open:.4} open, {count} parts", void.porosity);
        if let Some(powder) = &powder {
            let (count, volume) = (powder.pockets.len(), powder.trapped_mm3.abs());
            println!("powder   {volume:.4} mm3 kept in {count} pockets");
        }
    }
    Ok(if kept { Exit::CheckFailed } else { Exit::Done })
}

fn print(m: &Morphometry) {
    println!("BV/TV    {:.5}", m.bone_share);
    println!("BS/BV    {:.5} 1/mm", m.surface_by_bone_per_mm);
    println!("BS/TV    {:.5} 1/mm", m.surface_by_total_per_mm);
    for (name, s) in [("Tb.Th", &m.thickness), ("Tb.Sp", &m.separation)] {
        println!("{name:<8} {:.5} +- {:.5} mm, at most {:.5}", s.mean_mm, s.sd_mm, s.max_mm);
    }
    println!("Tb.N     {:.5} 1/mm", m.number_per_mm);
    println!("Conn.D   {:.5} 1/mm3", m.euler.connectivity_per_mm3);
    println!("Euler    {} by corners, {} by faces", m.euler.by_corners, m.euler.by_faces);
    println!("SMI      {:.4}", m.structure_model_index);
    match &m.fabric {
        Some(fabric) => println!("DA       {:.4}", fabric.degree),
        None => println!("DA       none: the lines find no ellipsoid"),
    }
}
