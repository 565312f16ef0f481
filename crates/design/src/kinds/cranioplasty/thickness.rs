//! How thick a plate is made: as chosen, or as its material wants it (facts D2.17).

use ossein_geom::{Choices, Finding};

use super::design::DesignError;

/// No sheet of a skull is thinner, mm: the thinnest mesh sheets of titanium.
const SHEET_MM_MIN: f64 = 0.4;
/// Of a printed plate of titanium, mm.
const TITANIUM_MM: f64 = 1.0;
/// Of all others where one thickness is asked for, mm.
const OTHERS_MM: f64 = 4.0;
/// At the edge of a plate of polymer or ceramic, mm.
const EDGE_MM: f64 = 2.0;

/// How thick a plate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thickness {
    /// The same everywhere; none where it follows the bone around the hole.
    pub even_mm: Option<f64>,
    /// Where it would be thinner than this it is cut off.
    pub edge_mm: f64,
    /// It is nowhere thicker.
    pub most_mm: f64,
}

/// As chosen, and where nothing was chosen as the material has it.
///
/// # Errors
/// [`DesignError::Thin`], [`DesignError::Edge`].
pub(super) fn thickness(choices: &Choices) -> Result<Thickness, DesignError> {
    let titanium = choices.word("implant.material") == "titanium";
    let solid = choices.word("lattice.cell") == "none";
    let own_mm = if titanium && solid { TITANIUM_MM } else { OTHERS_MM };
    let chosen_mm = choices.number("implant.thickness_mm");
    if chosen_mm > 0.0 && chosen_mm < SHEET_MM_MIN {
        return Err(DesignError::Thin { chosen_mm, least_mm: SHEET_MM_MIN });
    }
    let even = match choices.word("implant.thickness_from") {
        "chosen" => true,
        "neighbour" => false,
        _ => titanium && solid,
    };
    let even_mm = even.then_some(if chosen_mm > 0.0 { chosen_mm } else { own_mm });
    let most_mm = even_mm.unwrap_or_else(|| choices.number("implant.thickness_max_mm"));
    let edge_mm = match choices.number("implant.edge_mm") {
        chosen if chosen > most_mm => {
            return Err(DesignError::Edge { edge_mm: chosen, most_mm });
        }
        chosen if chosen > 0.0 => chosen,
        _ if titanium => SHEET_MM_MIN,
        _ => EDGE_MM.min(most_mm),
    };
    Ok(Thickness { even_mm, edge_mm, most_mm })
}

/// That an even thickness is none that the material is made in.
pub(super) fn finding(choices: &Choices) -> Option<Finding> {
    let even_mm = thickness(choices).ok()?.even_mm?;
    let material = choices.word("implant.material");
    let [least, most] = match (material, choices.word("lattice.cell")) {
        ("titanium", "none") => [SHEET_MM_MIN, 1.5],
        ("titanium", _) => [2.0, 4.0],
        ("peek" | "peek_printed", _) => [3.0, 6.0],
        ("pmma", _) => [3.0, 5.0],
        _ => return None,
    };
    let limit = if even_mm < least { least } else { most };
    let message = format!("plates of {material} are made {least} to {most} mm thick (facts D2.17)");
    let finding = Finding::warning("design.thickness", "plate", message);
    (!(least..=most).contains(&even_mm)).then(|| finding.measured(even_mm, limit, "mm"))
}

#[cfg(test)]
mod tests {
    use super::super::CHOICES;
    use super::*;
    use ossein_geom::Value;

    fn of(values: &[(&str, Value)]) -> Result<Thickness, DesignError> {
        thickness(&chosen(values))
    }

    fn chosen(values: &[(&str, Value)]) -> Choices {
        let mut choices = Choices::defaults(CHOICES);
        values.iter().for_each(|(name, value)| choices.choose(name, value.clone()));
        choices
    }

    fn word(name: &'static str, word: &str) -> (&'static str, Value) {
        (name, Value::Word(word.into()))
    }

    fn mm(name: &'static str, mm: f64) -> (&'static str, Value) {
        (name, Value::Number(mm))
    }

    #[test]
    fn each_material_has_its_own_thickness() {
        let peek = Thickness { even_mm: None, edge_mm: 2.0, most_mm: 6.0 };
        assert_eq!(of(&[]).unwrap(), peek);
        let titanium = word("implant.material", "titanium");
        let sheet = Thickness { even_mm: Some(1.0), edge_mm: 0.4, most_mm: 1.0 };
        assert_eq!(of(std::slice::from_ref(&titanium)).unwrap(), sheet);
        let porous = [titanium.clone(), word("lattice.cell", "gyroid")];
        assert_eq!(of(&porous).unwrap().even_mm, None);
        let thin = [titanium, mm("implant.thickness_mm", 0.6)];
        assert_eq!(of(&thin).unwrap().even_mm, Some(0.6));
        let even = [word("implant.thickness_from", "chosen"), mm("implant.thickness_mm", 1.5)];
        assert_eq!(of(&even).unwrap().edge_mm, 1.5);
        assert!(finding(&chosen(&even)).unwrap().message.contains("3 to 6 mm"));
        assert!(finding(&chosen(&thin)).is_none());
    }

    #[test]
    fn a_plate_thinner_than_its_edge_is_refused_for_that() {
        let even = word("implant.thickness_from", "chosen");
        let own = [even.clone(), mm("implant.thickness_mm", 1.0), mm("implant.edge_mm", 2.0)];
        let error = of(&own).unwrap_err().to_string();
        assert!(error.contains("edge_mm = 2") && error.contains("1 mm"), "{error}");
        let error = of(&[even, mm("implant.thickness_mm", 0.2)]).unwrap_err().to_string();
        assert!(error.contains("thickness_mm = 0.2") && error.contains("0.4"), "{error}");
    }
}
