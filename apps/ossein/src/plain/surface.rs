//! How a field's surface becomes triangles: `--sharp` keeps its edges, `--within` brings vertices
//! onto it, `--adaptive` lets triangles grow where it bends little.

use ossein_field::band::Band;
use ossein_field::boolean::Solid;
use ossein_field::refined::Refined;
use ossein_field::{Block, Field};
use ossein_geom::{Deg, Finding, Job, Lps, Mm, TriMesh};
use ossein_mesh::extract::{Sharp, Vertices, extract_sharp, extract_with};
use ossein_mesh::{SimplifyOptions, simplify};

use crate::commands::AnyError;
use crate::plain::number::finite;

/// What edges are kept, and how far triangles may grow.
#[derive(clap::Args)]
pub struct Surface {
    /// Keep edges that bend by more than so many degrees, 25 if none are named.
    #[arg(
        long = "sharp",
        value_name = "DEGREES",
        num_args = 0..=1,
        default_missing_value = "25",
        require_equals = true,
        value_parser = finite
    )]
    bend: Option<f64>,
    /// Bring every vertex within this distance of the surface (or a thousandth of --step, where that
    /// is more); without, they are off by the square of --step.
    #[arg(
        long,
        value_name = "MM",
        conflicts_with_all = ["bend", "adaptive"],
        allow_negative_numbers = true,
        value_parser = finite
    )]
    within: Option<f64>,
    /// Size triangles by how much the surface bends: as large as they can be without being farther
    /// than this from the surface at --step.
    #[arg(long, value_name = "MM", value_parser = finite)]
    adaptive: Option<f64>,
}

impl Surface {
    /// A solid of which there is a band: the band, and where more is wanted than its samples tell,
    /// the solid itself near its surface.
    pub fn of(&self, band: Band<Lps>, exact: impl Field<Lps> + 'static) -> Solid<Lps> {
        match self.is_exact() {
            true => Box::new(Refined::new(band, exact)),
            false => Box::new(band),
        }
    }

    /// Whether the solid itself is asked near its surface: where edges are kept, and where vertices
    /// are brought onto it.
    pub fn is_exact(&self) -> bool {
        self.bend.is_some() || self.within.is_some()
    }

    /// That the angle and the distances are such.
    ///
    /// # Errors
    /// Names an angle that no edge bends by, and a distance that is none.
    pub fn check(&self) -> Result<(), AnyError> {
        if let Some(mm) = self.within.filter(|mm| !(1e-5..=10.0).contains(mm)) {
            return Err(format!("--within {mm}: a distance of 0.00001 to 10 mm").into());
        }
        if let Some(mm) = self.adaptive.filter(|mm| !(1e-4..=10.0).contains(mm)) {
            return Err(format!("--adaptive {mm}: a distance of 0.0001 to 10 mm").into());
        }
        match self.bend.filter(|d| !(5.0..=170.0).contains(d)) {
            Some(bend) => Err(format!("--sharp={bend}: an edge bends by 5 to 170 degrees").into()),
            None => Ok(()),
        }
    }

    /// The surface of `field` at `samples`, and a note where not every edge could be kept.
    ///
    /// # Errors
    /// What the extraction or the simplification reports.
    pub fn mesh(
        &self,
        field: &dyn Field<Lps>,
        samples: &Block<Lps>,
        job: &Job,
    ) -> Result<(TriMesh<Lps>, Option<Finding>), AnyError> {
        let (mesh, blunt) = self.plain(field, samples, &job.labelled("surface"))?;
        let Some(max_error) = self.adaptive.map(Mm) else { return Ok((mesh, blunt)) };
        let options = SimplifyOptions { max_error, triangle_count_min: 4 };
        Ok((simplify(&mesh, &options, &job.labelled("triangles"))?.mesh, blunt))
    }

    /// The same with triangles of the samples' size.
    fn plain(
        &self,
        field: &dyn Field<Lps>,
        samples: &Block<Lps>,
        job: &Job,
    ) -> Result<(TriMesh<Lps>, Option<Finding>), AnyError> {
        let Some(bend) = self.bend else {
            let vertices = self.within.map_or(Vertices::Linear, |mm| Vertices::Within(Mm(mm)));
            return Ok((extract_with(field, samples, vertices, job)?, None));
        };
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
