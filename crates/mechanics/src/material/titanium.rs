//! Metals of the implant: one card a condition.

use ossein_geom::Mpa;

use super::confidence::Confidence;

/// Condition of the surface, which sets the fatigue allowable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// As it leaves the powder bed: lattices, and whatever no tool reaches.
    AsBuilt,
    /// Machined, without hot isostatic pressing before.
    Machined,
    /// Hot isostatically pressed and machined.
    HipMachined,
    /// Machined from bar.
    Wrought,
}

/// What tests of a condition usually find, lowest and highest; the specification's minima, and
/// not these, enter safety factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// 0.2 % proof stress in MPa.
    pub proof_mpa: [f64; 2],
    /// Tensile strength in MPa.
    pub tensile_mpa: [f64; 2],
    /// Elongation at break in percent.
    pub elongation_percent: [f64; 2],
    /// How much strength across the layers falls below that along them, as a fraction; an
    /// indication from one maker of material data, and nothing where none is published.
    pub anisotropy: Option<[f64; 2]>,
}

/// A metal card: design values, to be replaced by those of the lot's certificate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metal {
    /// Short fixed name.
    pub id: &'static str,
    /// Alloy, process and condition for people.
    pub title: &'static str,
    /// Specification that guarantees the strengths, in every direction of the build.
    pub specification: &'static str,
    /// Young's modulus.
    pub modulus: Mpa,
    /// Poisson's ratio.
    pub poisson: f64,
    /// Density in g/cm³.
    pub density_g_per_cm3: f64,
    /// Smallest 0.2 % proof stress that the specification allows.
    pub proof_stress: Mpa,
    /// Smallest tensile strength that the specification allows.
    pub tensile_strength: Mpa,
    /// Smallest elongation at break that the specification allows, in percent.
    pub elongation_percent: f64,
    /// Smallest reduction of area that the specification allows, in percent.
    pub area_reduction_percent: f64,
    /// Largest oxygen content that the specification allows, in percent of mass: the property that
    /// reuse of powder moves (facts D1.43).
    pub oxygen_percent_max: f64,
    /// Largest allowed maximum principal stress at R = 0.1 and 10 million cycles: the low end of
    /// what is published for the condition.
    pub fatigue: Mpa,
    /// Low and high end of the published fatigue strength, MPa.
    pub fatigue_range_mpa: [f64; 2],
    /// Surface that the fatigue value holds for.
    pub surface: Surface,
    /// What the part goes through after printing (facts D1.47).
    pub treatment: &'static str,
    /// What tests usually find in this condition (facts D1.44).
    pub usual: Option<Usual>,
    /// Where the values come from.
    pub source: &'static str,
    /// How well the strengths are known.
    pub strength_confidence: Confidence,
    /// How well the fatigue value is known.
    pub fatigue_confidence: Confidence,
}

const SOURCE: &str = "facts D1.41 (elastic), D1.42 (specified minima), D1.44, D1.45 (fatigue)";
const HIP: &str = "stress relief 800 C, 2 h, argon, on the plate; HIP 920 C, 100 MPa, 2 h";
const RELIEF: &str = "stress relief 800 C, 2 h, argon, on the plate";

const LPBF_HIP: Usual = Usual {
    proof_mpa: [820.0, 900.0],
    tensile_mpa: [920.0, 1000.0],
    elongation_percent: [14.0, 18.0],
    anisotropy: None,
};
const LPBF_RELIEVED: Usual = Usual {
    proof_mpa: [930.0, 1050.0],
    tensile_mpa: [1000.0, 1130.0],
    elongation_percent: [10.0, 14.0],
    anisotropy: None,
};
const LPBF_AS_BUILT: Usual = Usual {
    proof_mpa: [1000.0, 1150.0],
    tensile_mpa: [1100.0, 1270.0],
    elongation_percent: [4.0, 10.0],
    anisotropy: Some([0.08, 0.12]),
};
const EBM_AS_BUILT: Usual = Usual {
    proof_mpa: [830.0, 930.0],
    tensile_mpa: [920.0, 1020.0],
    elongation_percent: [12.0, 16.0],
    anisotropy: Some([0.08, 0.12]),
};
const EBM_HIP: Usual = Usual {
    proof_mpa: [800.0, 860.0],
    tensile_mpa: [900.0, 960.0],
    elongation_percent: [13.0, 17.0],
    anisotropy: None,
};

/// Ti-6Al-4V ELI by laser powder bed fusion, hot isostatically pressed, surface as built: the
/// default card.
pub const TI64_ELI_LPBF_AS_BUILT: Metal = Metal {
    id: "ti64_eli_lpbf_as_built",
    title: "Ti-6Al-4V ELI, laser powder bed fusion, HIP, surface as built",
    specification: "ASTM F3001",
    modulus: Mpa(114_000.0),
    poisson: 0.33,
    density_g_per_cm3: 4.43,
    proof_stress: Mpa(795.0),
    tensile_strength: Mpa(860.0),
    elongation_percent: 10.0,
    area_reduction_percent: 25.0,
    oxygen_percent_max: 0.13,
    fatigue: Mpa(200.0),
    fatigue_range_mpa: [200.0, 300.0],
    surface: Surface::AsBuilt,
    treatment: HIP,
    usual: Some(LPBF_HIP),
    source: SOURCE,
    strength_confidence: Confidence::High,
    fatigue_confidence: Confidence::Medium,
};

/// Ti-6Al-4V ELI by laser powder bed fusion, hot isostatically pressed and machined.
pub const TI64_ELI_LPBF_HIP_MACHINED: Metal = Metal {
    id: "ti64_eli_lpbf_hip_machined",
    title: "Ti-6Al-4V ELI, laser powder bed fusion, HIP, machined",
    fatigue: Mpa(550.0),
    fatigue_range_mpa: [550.0, 650.0],
    surface: Surface::HipMachined,
    ..TI64_ELI_LPBF_AS_BUILT
};

/// Every metal card. Where no source gives the fatigue strength of a grade, that of the same
/// process and surface stands.
pub const METALS: &[Metal] = &[
    TI64_ELI_LPBF_AS_BUILT,
    TI64_ELI_LPBF_HIP_MACHINED,
    Metal {
        id: "ti64_eli_lpbf_relieved_machined",
        title: "Ti-6Al-4V ELI, laser powder bed fusion, stress relieved, machined",
        fatigue: Mpa(350.0),
        fatigue_range_mpa: [350.0, 500.0],
        surface: Surface::Machined,
        treatment: RELIEF,
        usual: Some(LPBF_RELIEVED),
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_eli_lpbf_untreated",
        title: "Ti-6Al-4V ELI, laser powder bed fusion, untreated",
        treatment: "none: residual stress stays",
        usual: Some(LPBF_AS_BUILT),
        strength_confidence: Confidence::Low,
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_grade5_lpbf_as_built",
        title: "Ti-6Al-4V grade 5, laser powder bed fusion, HIP, surface as built",
        specification: "ASTM F2924",
        proof_stress: Mpa(825.0),
        tensile_strength: Mpa(895.0),
        area_reduction_percent: 15.0,
        oxygen_percent_max: 0.20,
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_eli_ebm_as_built",
        title: "Ti-6Al-4V ELI, electron beam melting, surface as built",
        fatigue: Mpa(150.0),
        fatigue_range_mpa: [150.0, 250.0],
        treatment: "none: the bed is hot enough to relieve stress",
        usual: Some(EBM_AS_BUILT),
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_eli_ebm_hip_machined",
        title: "Ti-6Al-4V ELI, electron beam melting, HIP, machined",
        fatigue: Mpa(500.0),
        fatigue_range_mpa: [500.0, 600.0],
        surface: Surface::HipMachined,
        treatment: "HIP 920 C, 100 MPa, 2 h",
        usual: Some(EBM_HIP),
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_eli_wrought",
        title: "Ti-6Al-4V ELI, wrought bar",
        specification: "ASTM F136",
        ..WROUGHT
    },
    Metal {
        id: "ti64_eli_bar",
        title: "Ti-6Al-4V ELI, bar to ISO 5832-3",
        specification: "ISO 5832-3",
        proof_stress: Mpa(780.0),
        oxygen_percent_max: 0.20,
        ..WROUGHT
    },
    Metal {
        id: "ti64_grade5_wrought",
        title: "Ti-6Al-4V grade 5, wrought bar",
        specification: "ASTM F1472",
        proof_stress: Mpa(860.0),
        tensile_strength: Mpa(930.0),
        oxygen_percent_max: 0.20,
        strength_confidence: Confidence::Medium,
        ..WROUGHT
    },
];

const WROUGHT: Metal = Metal {
    fatigue: Mpa(600.0),
    fatigue_range_mpa: [600.0, 700.0],
    surface: Surface::Wrought,
    treatment: "annealed bar, machined",
    usual: None,
    ..TI64_ELI_LPBF_AS_BUILT
};

/// The card with this name.
pub fn metal(id: &str) -> Option<&'static Metal> {
    METALS.iter().find(|metal| metal.id == id)
}
