//! `--sharp`: surfaces that keep the edges of their fields.

use ossein_field::band::Band;
use ossein_field::boolean::Solid;
use ossein_field::refined::Refined;
use ossein_field::{Block, Field};
use ossein_geom::{Deg, Finding, Job, Lps, TriMesh};
use ossein_mesh::extract::{Sharp, extract, extract_sharp};

use crate::commands::AnyError;

/// Whether edges are kept, and which.
#[derive(clap::Args)]
pub struct Edges {
    /// Keep edges that bend by more than so many degrees, 25 if none are named.
    #[arg(
        long = "sharp",
        value_name = "DEGREES",
        num_args = 0..=1,
        default_missing_value = "25",
        require_equals = true
    )]
    bend: Option<f64>,
}

impl Edges {
    /// A solid of which there is a band: the band, and where edges are kept, the solid itself near
    /// its surface.
    pub fn of(&self, band: Band<Lps>, exact: impl Field<Lps> + 'static) -> Solid<Lps> {
        match self.bend {
            Some(_) => Box::new(Refined::new(band, exact)),
            None => Box::new(band),
        }
    }

    /// Whether edges are kept.
    pub fn are_kept(&self) -> bool {
        self.bend.is_some()
    }

    /// That the angle is one.
    ///
    /// # Errors
    /// Names an angle that no edge bends by.
    pub fn check(&self) -> Result<(), AnyError> {
        match self.bend.filter(|d| !(5.0..=170.0).contains(d)) {
            Some(bend) => Err(format!("--sharp={bend}: an edge bends by 5 to 170 degrees").into()),
            None => Ok(()),
        }
    }

    /// The surface of `field` at `samples`, and a note where not every edge could be kept.
    ///
    /// # Errors
    /// What the extraction reports.
    pub fn surface(
        &self,
        field: &dyn Field<Lps>,
        samples: &Block<Lps>,
        job: &Job,
    ) -> Result<(TriMesh<Lps>, Option<Finding>), AnyError> {
        let Some(bend) = self.bend else { return Ok((extract(field, samples, job)?, None)) };
        let Sharp { mesh, crease_count, kept_count } =
            extract_sharp(field, samples, Deg(bend), job)?;
        let blunt = (kept_count < crease_count).then(|| {
            let text =
                format!("edges are kept in {kept_count} of the {crease_count} cells they pass");
            Finding::note("mesh.blunt", "edges", text)
        });
        Ok((mesh, blunt))
    }
}
