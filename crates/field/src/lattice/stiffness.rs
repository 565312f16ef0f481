//! Young's modulus of lattices along an edge of their cell.

use ossein_geom::float;

use super::{Kind, LatticeError};

/// Solid fraction, and modulus along the edge over that of the solid.
type Rows = [(f64, f64)];

/// Periodic voxel elements, 128 an edge, Poisson's ratio 0.3, void empty (facts D3.13 in its finer
/// form). Discretised to about 1 %, struts to 3 %; struts without fillets at their nodes.
const TABLE: &[(&str, &Rows)] = &[
    (
        "gyroid-sheet",
        &[
            (0.1000, 0.031820),
            (0.2000, 0.070134),
            (0.3000, 0.116701),
            (0.4000, 0.174995),
            (0.5000, 0.247569),
        ],
    ),
    (
        "gyroid",
        &[
            (0.1000, 0.006611),
            (0.2000, 0.029267),
            (0.3000, 0.069343),
            (0.4000, 0.128006),
            (0.5000, 0.206876),
        ],
    ),
    (
        "diamond-sheet",
        &[
            (0.1000, 0.040983),
            (0.2001, 0.087271),
            (0.3001, 0.138894),
            (0.4001, 0.200744),
            (0.5001, 0.274294),
        ],
    ),
    (
        "diamond",
        &[
            (0.1000, 0.005858),
            (0.2000, 0.030293),
            (0.3000, 0.065752),
            (0.4000, 0.114771),
            (0.5000, 0.181517),
        ],
    ),
    (
        "primitive-sheet",
        &[
            (0.1000, 0.016099),
            (0.2000, 0.043059),
            (0.3000, 0.086958),
            (0.4000, 0.151075),
            (0.5000, 0.240329),
        ],
    ),
    ("primitive", &[(0.3000, 0.121013), (0.4000, 0.210815), (0.5000, 0.303858)]),
    (
        "iwp-sheet",
        &[
            (0.1000, 0.026419),
            (0.2001, 0.071642),
            (0.3000, 0.132988),
            (0.4000, 0.208371),
            (0.5000, 0.296219),
        ],
    ),
    ("iwp", &[(0.2000, 0.082565), (0.3000, 0.145725), (0.4000, 0.214437), (0.5000, 0.292503)]),
    (
        "bcc",
        &[
            (0.1007, 0.001821),
            (0.2002, 0.009948),
            (0.3007, 0.029409),
            (0.4040, 0.067804),
            (0.5002, 0.127630),
        ],
    ),
    (
        "simple-cubic",
        &[
            (0.1003, 0.041057),
            (0.2020, 0.091868),
            (0.3016, 0.150163),
            (0.4001, 0.217707),
            (0.5005, 0.298578),
        ],
    ),
    (
        "octet",
        &[
            (0.1013, 0.015628),
            (0.2007, 0.038276),
            (0.3011, 0.070611),
            (0.4020, 0.116851),
            (0.5010, 0.179732),
        ],
    ),
];

fn rows(kind: Kind) -> Result<&'static Rows, LatticeError> {
    let word = kind.word();
    let found = TABLE.iter().find(|row| row.0 == word);
    found.map(|row| row.1).ok_or_else(|| LatticeError::NoStiffness { cell: kind.title() })
}

/// Along a power law between two points.
fn between((x0, y0): (f64, f64), (x1, y1): (f64, f64), x: f64) -> f64 {
    let t = float::ln(x / x0) / float::ln(x1 / x0);
    y0 * float::exp(t * float::ln(y1 / y0))
}

/// Modulus along an edge of the cell over the modulus of the solid.
///
/// # Errors
/// [`LatticeError::NoStiffness`] where the kind, or [`LatticeError::OutOfReach`] where the fraction
/// is not in the table.
pub fn modulus_ratio(kind: Kind, fraction: f64) -> Result<f64, LatticeError> {
    look_up(kind, "a solid fraction of", fraction, |row| row)
}

/// The solid fraction that has this modulus over the modulus of the solid, along an edge.
///
/// # Errors
/// [`LatticeError::NoStiffness`] where the kind, or [`LatticeError::OutOfReach`] where the modulus
/// is not in the table.
pub fn fraction_of_modulus(kind: Kind, ratio: f64) -> Result<f64, LatticeError> {
    look_up(kind, "a relative modulus of", ratio, |(fraction, modulus)| (modulus, fraction))
}

fn look_up(
    kind: Kind,
    what: &'static str,
    wanted: f64,
    order: impl Fn((f64, f64)) -> (f64, f64),
) -> Result<f64, LatticeError> {
    let rows = rows(kind)?;
    let (min, max) = (order(rows[0]).0, order(rows[rows.len() - 1]).0);
    // The rows are a little off round fractions, which people ask for.
    if !(0.99 * min..=1.01 * max).contains(&wanted) {
        return Err(LatticeError::OutOfReach { cell: kind.title(), what, wanted, min, max });
    }
    let at = rows.partition_point(|&row| order(row).0 < wanted).clamp(1, rows.len() - 1);
    Ok(between(order(rows[at - 1]), order(rows[at]), wanted))
}

#[cfg(test)]
mod tests {
    use super::super::by_name;
    use super::*;

    #[test]
    fn table_rows_come_back_and_the_inverse_is_one() {
        let kind = by_name("gyroid").unwrap();
        assert!((modulus_ratio(kind, 0.3000).unwrap() - 0.0693).abs() < 1e-4);
        for word in ["gyroid-sheet", "primitive", "octet", "bcc", "iwp-sheet"] {
            let kind = by_name(word).unwrap();
            let ratio = modulus_ratio(kind, 0.37).unwrap();
            assert!((fraction_of_modulus(kind, ratio).unwrap() - 0.37).abs() < 1e-9);
            // Never above the bound of Hashin and Shtrikman (facts D3.16).
            assert!(ratio < 0.37 / (2.0 - 0.37), "{word}: {ratio}");
        }
        assert!(modulus_ratio(by_name("neovius").unwrap(), 0.4).is_err());
        assert!(modulus_ratio(by_name("primitive").unwrap(), 0.2).is_err());
    }
}
