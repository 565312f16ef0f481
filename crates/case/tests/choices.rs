//! The lists of choices against what they name.

use ossein_case::choices::{MECHANICS, all_choices};
use ossein_case::steps::road::ROADS;
use ossein_design::kinds::vertebral_body_replacement::CHOICES;
use ossein_field::lattice;
use ossein_geom::{Choice, Mpa, Shape};
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::{loads, material};

#[test]
fn every_word_names_something() {
    for choice in MECHANICS {
        let Shape::Word { words, .. } = choice.shape else { continue };
        for word in words {
            match choice.key {
                "law" => assert!(material::bone_law(word).is_some(), "{word}"),
                "metal" => assert!(material::metal(word).is_some(), "{word}"),
                "loads" if *word == "own" => {}
                "loads" => {
                    let set = loads::load_set(word).expect(word);
                    assert!(set.column_cases().is_some(), "{word}");
                }
                "preset" => assert!(material::preset(word).is_some(), "{word}"),
                "virtual_tests" if ["none", "both"].contains(word) => {}
                "virtual_tests" => assert!(loads::load_set(word).is_some(), "{word}"),
                _ => {}
            }
        }
    }
}

#[test]
fn defaults_are_allowed_and_names_are_unique() {
    for road in ROADS {
        let choices = all_choices(road.kind.id);
        let mut names: Vec<String> = choices.iter().map(Choice::name).collect();
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        for choice in choices {
            assert!(choice.allows(&choice.default()), "{}", choice.name());
        }
    }
}

#[test]
fn every_cell_that_can_be_chosen_has_moduli_and_a_field() {
    let choice = CHOICES.iter().find(|c| (c.section, c.key) == ("lattice", "cell")).unwrap();
    let Shape::Word { words, .. } = choice.shape else { panic!("{choice:?}") };
    for word in words {
        let cell = Cell::from_id(word).unwrap();
        assert!(homogenized::moduli(cell, 0.35, Mpa(1.0)).is_ok(), "{word}");
        assert!(lattice::by_name(word).is_ok(), "{word}");
    }
}
