//! The construct at one voxel size, solved, and what is judged on voxels coarser by a step.

use ossein_design::kinds::vertebral_body_replacement::Design;
use ossein_geom::{Choices, Found, Job};
use ossein_mechanics::Solution;
use ossein_mechanics::stress::Stress;
use serde_json::Value;

use super::VerifyError;
use super::cases::Case;
use super::construct::{Construct, Materials, Scene, construct};
use super::evidence::{Evidence, evidence};
use super::judge::{self, Estimates, Felt};
use super::virtual_tests::virtual_tests;
use crate::steps::refinement::{self, COARSER};

/// What is solved, whatever the voxel size.
pub struct Work<'a> {
    /// The scan and what stands in it.
    pub scene: Scene<'a>,
    /// What it is made of.
    pub materials: Materials<'a>,
    /// What loads it.
    pub cases: Vec<Case>,
    /// The implant.
    pub design: &'a Design,
    /// The recipe's.
    pub choices: &'a Choices,
    /// Whether any look may be followed by a finer one.
    pub is_refined: bool,
}

/// The construct at one voxel size, solved.
pub struct Look {
    /// Edge of a voxel.
    pub voxel_mm: f64,
    /// The model.
    pub construct: Construct,
    /// Stiffness, stress, endplates.
    pub evidence: Evidence,
    /// For the judgement that stands on this construct; none where no finer look can follow.
    felt: Option<Felt>,
    /// What is judged on voxels coarser by a step.
    pub judged: Judged,
}

/// What is judged on voxels coarser by a step than those of stress.
pub struct Judged {
    /// Of the bone.
    pub estimates: Estimates,
    /// Standard tests in the computer.
    pub tests: Found<Value>,
    /// Failures of a construct that was solved for this alone.
    pub felt: Vec<ossein_geom::Finding>,
}

impl refinement::Look for Look {
    fn voxel_mm(&self) -> f64 {
        self.voxel_mm
    }

    fn element_count(&self) -> usize {
        self.construct.model.solid_count()
    }
}

impl Work<'_> {
    /// Builds and solves the construct with voxels of `voxel_mm`, and judges on that of the look
    /// before it, or on one built for that.
    ///
    /// # Errors
    /// What the model, the solver or the job report.
    pub fn look(
        &self,
        voxel_mm: f64,
        before: Option<&Look>,
        job: &Job,
    ) -> Result<Look, VerifyError> {
        let judged = match before.and_then(|look| Some((look, look.felt.as_ref()?))) {
            Some((look, felt)) => self.judged(&look.construct, felt, job)?,
            None => {
                let coarser = construct(&self.scene, &self.materials, voxel_mm * COARSER, job)?;
                let felt = judge::felt(&coarser, self.materials.lattice.1, &self.cases, job)?;
                self.judged(&coarser, &felt, job)?
            }
        };
        let construct = construct(&self.scene, &self.materials, voxel_mm, job)?;
        let mut felt = (self.is_refined || before.is_none()).then(Felt::default);
        let mut take = |case, solution: &Solution, stresses: &[Stress]| {
            if let Some(felt) = &mut felt {
                felt.take(&construct, self.materials.lattice.1, (case, solution), stresses);
            }
        };
        let evidence = evidence(&construct, &self.materials, &self.cases, &mut take, job)?;
        Ok(Look { voxel_mm, construct, evidence, felt, judged })
    }

    fn judged(&self, construct: &Construct, felt: &Felt, job: &Job) -> Result<Judged, VerifyError> {
        let voxel_mm = construct.model.voxel_mm;
        let (materials, choices) = (&self.materials, self.choices);
        Ok(Judged {
            estimates: judge::estimates(construct, materials, &self.cases, felt, job)?,
            tests: virtual_tests(self.design, materials, choices, voxel_mm, job)?,
            felt: felt.findings.clone(),
        })
    }
}
