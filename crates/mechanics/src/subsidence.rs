//! Will the endplate hold? Pressure under an end face against the strength of the bone there.

use crate::method::Method;

/// Over what cancellous bone has a stress and a density, mm: three to five trabeculae (Harrigan et al.,
/// J Biomech 21:269, 1988), 0.7 to 1.3 mm apart (facts D1.49). Pressure at a point beneath the edge of
/// a face grows with every finer voxel.
pub const DISC_MM: f64 = 4.0;

/// Pressure against local strength.
pub const PRESSURE: Method = Method {
    id: "endplate_ratio",
    title: "Endplate strength over pressure",
    formula: "5th percentile over the contact of s / p; p = max(0, -sigma_zz) in the bone that \
              touches the end face, mean over a disc of 4 mm; s = 37.4 rho^1.39 MPa (rho: CT \
              density, g/cm3, mean of the bone in a ball of 4 mm)",
    source: "facts D1.60; Kopperdahl 2002 (D1.51 b); 4 mm are three to five trabecular spacings \
             (D1.49), below which cancellous bone is no continuum (Harrigan 1988)",
    limits: "first local yield in a linear model: bone that yields passes its load on",
};

/// Force against the force at which all of the contact yields.
pub const INDEX: Method = Method {
    id: "subsidence_index",
    title: "Subsidence index",
    formula: "I = sum(p A) / sum(s A) over the contact: the force through the end face over the \
              force at which all of the bone beneath it has yielded",
    source: "limit load of the contact, with s as for the pressure (facts D1.60, D4.2)",
    limits: "single loading; repeated loading subsides below it. 1 is collapse",
};

/// A place of bone that touches an end face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Pressure along the implant's axis in MPa, zero where the face is pulled.
    pub pressure_mpa: f64,
    /// Compressive strength of the bone in MPa.
    pub strength_mpa: f64,
}

/// What an endplate bears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EndplateLoad {
    /// Places of bone in contact.
    pub count: usize,
    /// 95th percentile of the pressure, MPa.
    pub pressure_mpa_p95: f64,
    /// 5th percentile of the strength, MPa.
    pub strength_mpa_p05: f64,
    /// 5th percentile of strength over pressure, place by place.
    pub ratio_p05: f64,
    /// Part of the contact where pressure exceeds strength.
    pub overloaded_fraction: f64,
    /// Force through the contact over the force at which all of it yields.
    pub index: f64,
}

/// What an endplate bears, from places of equal area. `None` without contact or without strength.
pub fn endplate_load(contacts: &[Contact]) -> Option<EndplateLoad> {
    let sum = |of: fn(&Contact) -> f64| contacts.iter().map(of).sum::<f64>();
    let limit = sum(|c| c.strength_mpa);
    if limit.is_nan() || limit <= 0.0 {
        return None;
    }
    let sorted = |of: fn(&Contact) -> f64| {
        let mut values: Vec<f64> = contacts.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let ratio = |c: &Contact| c.strength_mpa / c.pressure_mpa.max(1e-6);
    let over = contacts.iter().filter(|c| c.pressure_mpa > c.strength_mpa).count();
    Some(EndplateLoad {
        count: contacts.len(),
        pressure_mpa_p95: rank(&sorted(|c| c.pressure_mpa), 0.95),
        strength_mpa_p05: rank(&sorted(|c| c.strength_mpa), 0.05),
        ratio_p05: rank(&sorted(ratio), 0.05),
        overloaded_fraction: over as f64 / contacts.len() as f64,
        index: sum(|c| c.pressure_mpa) / limit,
    })
}

/// The value at a part of a sorted list, which is not empty.
pub(crate) fn rank(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}
